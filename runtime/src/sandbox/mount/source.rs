//! The sources of bind mounts and overlays: a file or directory of the host, and its handle.

use std::cell::OnceCell;
use std::ffi::CStr;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};

use crate::error::Subject;
use crate::sandbox::file;
use crate::sys::{Errno, mount};

use super::fd_path::FdPath;

/// A source on the host, and its handle once it is open.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) subject: Subject,
    /// Whether a missing source is acceptable.
    pub(super) optional: bool,
    /// Whether it is bound, and not the lower layer of an overlay.
    pub(super) bound: bool,
    pub(super) handle: OnceCell<ManuallyDrop<Handle>>,
}

impl Source {
    pub(super) fn handle(&self) -> Option<&Handle> {
        self.handle.get().map(|handle| &**handle)
    }

    pub(super) fn fd(&self) -> Option<&OwnedFd> {
        self.handle().map(Handle::fd)
    }
}

/// The kind of handle on a source.
#[derive(Debug)]
pub(super) enum Handle {
    /// A copy of its mounts. Later mounts of the sandbox in the original do not appear in it.
    Tree(OwnedFd),
    /// The directory or file itself.
    Path(OwnedFd),
}

impl Handle {
    pub(super) fn fd(&self) -> &OwnedFd {
        let (Self::Tree(fd) | Self::Path(fd)) = self;
        fd
    }

    /// Mounts it at the path.
    pub(super) fn show_at(&self, path: &CStr) -> Result<(), Errno> {
        match self {
            Self::Tree(tree) => mount::attach(tree.as_fd(), path),
            Self::Path(handle) => mount::bind(FdPath::new(handle.as_raw_fd()).as_c_str(), path),
        }
    }
}

/// Opens the path, as the source of a bind mount or as a layer.
pub(super) fn open(path: &CStr, bound: bool) -> Result<Handle, Errno> {
    if bound {
        match mount::copy_tree(path) {
            // Before 5.2, under a filter that knows only the old calls, or where
            // `user.max_mnt_namespaces` is reached: the unattached copy has its own mount
            // namespace.
            Err(Errno::NOSYS | Errno::PERM | Errno::NOSPC) => {}
            other => return other.map(Handle::Tree),
        }
    }
    file::handle(path).map(Handle::Path)
}
