//! The socket that `NOTIFY_SOCKET` names: `sd_notify(3)`.

use std::ffi::{CString, OsString};
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};

use crate::sys::c_string;

/// A bound socket.
pub(super) struct NotifySocket {
    pub(super) fd: OwnedFd,
    /// The value of the service's `NOTIFY_SOCKET`.
    pub(super) name: OsString,
    /// The socket's file and its directory, to be removed.
    pub(super) paths: Option<(CString, CString)>,
}

impl NotifySocket {
    /// Binds a path, which other network namespaces can reach, or an abstract name where no file
    /// can be created.
    pub(super) fn bind() -> io::Result<Self> {
        Self::at_path().or_else(|_no_directory| Self::abstract_name())
    }

    fn at_path() -> io::Result<Self> {
        let directory = first_free(|name| {
            let path = std::env::temp_dir().join(name);
            DirBuilder::new().mode(0o700).create(&path)?;
            Ok(path)
        })?;
        let path = directory.join("notify");
        let bound = bind_for_all(&directory, &path);
        if bound.is_err() {
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir(&directory);
        }
        Ok(Self {
            fd: bound?,
            paths: Some((c_string(&path)?, c_string(&directory)?)),
            name: path.into(),
        })
    }

    fn abstract_name() -> io::Result<Self> {
        first_free(|name| {
            let address = SocketAddr::from_abstract_name(name)?;
            let socket = UnixDatagram::bind_addr(&address)?;
            socket.set_nonblocking(true)?;
            Ok(Self {
                fd: socket.into(),
                paths: None,
                name: format!("@{name}").into(),
            })
        })
    }
}

/// Binds it so that the service may send to it as any user.
fn bind_for_all(directory: &Path, path: &PathBuf) -> io::Result<OwnedFd> {
    let socket = UnixDatagram::bind(path)?;
    socket.set_nonblocking(true)?;
    fs::set_permissions(path, Permissions::from_mode(0o666))?;
    fs::set_permissions(directory, Permissions::from_mode(0o711))?;
    Ok(socket.into())
}

/// Tries names until one is free: another test process may have the same pid in its own pid
/// namespace and use this directory.
fn first_free<T>(mut make: impl FnMut(&str) -> io::Result<T>) -> io::Result<T> {
    const MOST_TRIES: u32 = 10_000;
    let mut number = 0;
    loop {
        let name = format!("ns-test-service-{}-{number}", std::process::id());
        match make(&name) {
            Err(error) if is_taken(&error) && number < MOST_TRIES => number += 1,
            other => return other,
        }
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::AddrInUse
    )
}
