//! The test's own /dev: the nodes that programs need, and no device of the machine.
//!
//! Real root owns the device nodes of the machine, so a user namespace does not keep it from
//! opening them. For many devices, opening them already has an effect: `losetup -f` makes a new
//! loop device.

use std::ffi::{CStr, CString};
use std::path::Path;

use nix::fcntl::AT_FDCWD;
use nix::unistd::symlinkat;

use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::sandbox::file;
use crate::sys::mount::flags;
use crate::sys::{Errno, mount};

use super::source::{self, Handle};

/// Nodes without state, or whose state belongs to the namespaces of the process that opens them.
const NODES: [(&str, &CStr); 8] = [
    ("null", c"/dev/null"),
    ("zero", c"/dev/zero"),
    ("full", c"/dev/full"),
    ("random", c"/dev/random"),
    ("urandom", c"/dev/urandom"),
    ("tty", c"/dev/tty"),
    ("fuse", c"/dev/fuse"),
    ("net/tun", c"/dev/net/tun"),
];

/// Without `ipc` these are the host's.
const OF_IPC: [(&str, &CStr); 2] = [("shm", c"/dev/shm"), ("mqueue", c"/dev/mqueue")];

const LINKS: [(&str, &CStr); 5] = [
    ("ptmx", c"pts/ptmx"),
    ("fd", c"/proc/self/fd"),
    ("stdin", c"/proc/self/fd/0"),
    ("stdout", c"/proc/self/fd/1"),
    ("stderr", c"/proc/self/fd/2"),
];

/// The nodes to make, and their paths.
#[derive(Debug)]
pub(super) struct OwnDev {
    options: CString,
    nodes: Vec<CString>,
    directories: Vec<CString>,
    shows_ipc: bool,
    net: CString,
    terminals: CString,
    links: Vec<CString>,
}

impl OwnDev {
    /// Plans it for this path, while the old root is still `/`.
    pub(super) fn new(at: &Path, options: CString, shows_ipc: bool) -> Result<Self, SetupError> {
        let path = |name: &str| Subject::new(&at.join(name), None).map(|subject| subject.path);
        let paths = |names: &[(&str, &CStr)]| -> Result<Vec<CString>, SetupError> {
            let mut paths = Vec::new();
            for (name, _) in names {
                paths.push(path(name)?);
            }
            Ok(paths)
        };
        Ok(Self {
            options,
            nodes: paths(&NODES)?,
            directories: paths(&OF_IPC)?,
            shows_ipc,
            net: path("net")?,
            terminals: path("pts")?,
            links: paths(&LINKS)?,
        })
    }

    /// Mounts it at `target`. ENOENT: there is no /dev.
    pub(super) fn mount<'p>(&self, target: &'p Subject) -> Result<(), Failure<'p>> {
        // Open the host's nodes before the mount covers them. A node that the host lacks is also
        // missing in this /dev.
        let (mut nodes, mut directories) = (
            [const { None }; NODES.len()],
            [const { None }; OF_IPC.len()],
        );
        open_each(NODES, &mut nodes)
            .and_then(|()| open_each(OF_IPC, &mut directories))
            .at_path(Step::MakeDevices, Call::Open, target)?;
        let mounted =
            mount::new_file_system(c"tmpfs", target.path(), flags::NOSUID, Some(&self.options));
        mounted.at_path(Step::MakeDevices, Call::Mount, target)?;
        self.make_directories()
            .at_path(Step::MakeDevices, Call::Mkdir, target)?;
        self.show(&nodes, &directories)
            .at_path(Step::MakeDevices, Call::MoveMount, target)?;
        self.mount_terminals()
            .at_path(Step::MakeDevices, Call::Mount, target)?;
        let mut links = LINKS.iter().zip(&self.links);
        links
            .try_for_each(|((_, to), path)| symlinkat(*to, AT_FDCWD, path.as_c_str()))
            .at_path(Step::MakeDevices, Call::Symlink, target)
    }

    fn make_directories(&self) -> Result<(), Errno> {
        let directories = self.directories.iter().chain([&self.net, &self.terminals]);
        directories
            .into_iter()
            .try_for_each(|path| file::make_directory(path, 0o755))
    }

    fn show(
        &self,
        nodes: &[Option<Handle>; NODES.len()],
        directories: &[Option<Handle>; OF_IPC.len()],
    ) -> Result<(), Errno> {
        for (path, node) in self.nodes.iter().zip(nodes) {
            if let Some(node) = node {
                file::create(path, 0o644, b"")?;
                node.show_at(path)?;
            }
        }
        for (path, directory) in self.directories.iter().zip(directories) {
            if let (Some(directory), true) = (directory, self.shows_ipc) {
                directory.show_at(path)?;
            }
        }
        Ok(())
    }

    /// Mounts separate terminals. Without `newinstance` kernels before 4.7 show the host's.
    fn mount_terminals(&self) -> Result<(), Errno> {
        const OPTIONS: &CStr = c"newinstance,ptmxmode=0666,mode=620";
        let flags = flags::NOSUID | flags::NOEXEC;
        mount::new_file_system(c"devpts", &self.terminals, flags, Some(OPTIONS))
    }
}

/// Opens those that the host has.
fn open_each<const COUNT: usize>(
    paths: [(&str, &CStr); COUNT],
    handles: &mut [Option<Handle>; COUNT],
) -> Result<(), Errno> {
    for ((_, path), handle) in paths.into_iter().zip(handles) {
        *handle = match source::open(path, true) {
            Ok(opened) => Some(opened),
            Err(Errno::NOENT | Errno::NOTDIR) => None,
            Err(errno) => return Err(errno),
        };
    }
    Ok(())
}
