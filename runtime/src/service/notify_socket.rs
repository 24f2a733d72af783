//! The socket that `NOTIFY_SOCKET` names: `sd_notify(3)`.

use std::ffi::{CString, OsString};
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;

use crate::sys::c_string;
use crate::sys::process::{self, Pid};

/// A bound socket.
pub(super) struct NotifySocket {
    pub(super) fd: OwnedFd,
    /// The value of the service's `NOTIFY_SOCKET`.
    pub(super) name: OsString,
    /// `None`: an abstract name.
    pub(super) files: Option<NotifyFiles>,
}

/// The socket's file and its directory. Dropping this removes them, unless a fork drops its copy.
#[derive(Debug)]
pub(super) struct NotifyFiles {
    socket: PathBuf,
    directory: PathBuf,
    owner: Pid,
}

impl NotifyFiles {
    fn new(directory: PathBuf) -> Self {
        Self {
            socket: directory.join("notify"),
            directory,
            owner: process::getpid(),
        }
    }

    /// Returns the same paths, for a process that must not allocate.
    pub(super) fn to_c_strings(&self) -> io::Result<(CString, CString)> {
        Ok((c_string(&self.socket)?, c_string(&self.directory)?))
    }
}

impl Drop for NotifyFiles {
    fn drop(&mut self) {
        if process::getpid() == self.owner {
            // The supervisor has removed them, unless it was killed or never started.
            let _ = fs::remove_file(&self.socket);
            let _ = fs::remove_dir(&self.directory);
        }
    }
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
        let files = NotifyFiles::new(directory);
        Ok(Self {
            fd: bind_for_all(&files)?,
            name: files.socket.clone().into(),
            files: Some(files),
        })
    }

    fn abstract_name() -> io::Result<Self> {
        first_free(|name| {
            let address = SocketAddr::from_abstract_name(name)?;
            let socket = UnixDatagram::bind_addr(&address)?;
            socket.set_nonblocking(true)?;
            Ok(Self {
                fd: socket.into(),
                files: None,
                name: format!("@{name}").into(),
            })
        })
    }
}

/// Binds it so that the service may send to it as any user.
fn bind_for_all(files: &NotifyFiles) -> io::Result<OwnedFd> {
    let socket = UnixDatagram::bind(&files.socket)?;
    socket.set_nonblocking(true)?;
    fs::set_permissions(&files.socket, Permissions::from_mode(0o666))?;
    fs::set_permissions(&files.directory, Permissions::from_mode(0o711))?;
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
