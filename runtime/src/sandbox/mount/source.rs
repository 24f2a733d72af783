//! What bind mounts and overlays show: something on the host, and the handle on it.

use std::cell::OnceCell;
use std::ffi::CStr;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};

use crate::error::Subject;
use crate::sys::file::FdPath;
use crate::sys::{Errno, file, mount};

/// Something on the host that is shown elsewhere, and the handle on it once it is open.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) subject: Subject,
    /// Whether a source that is not there is no mistake.
    pub(super) optional: bool,
    /// Whether it is bound, not the lower layer of an overlay.
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

/// How a source is held on to.
#[derive(Debug)]
pub(super) enum Handle {
    /// A copy of its mounts: what the sandbox mounts in the original later does not show in it.
    Tree(OwnedFd),
    /// The directory or file itself.
    Path(OwnedFd),
}

impl Handle {
    pub(super) fn fd(&self) -> &OwnedFd {
        let (Self::Tree(fd) | Self::Path(fd)) = self;
        fd
    }

    /// Shows it at the path.
    pub(super) fn show_at(&self, path: &CStr) -> Result<(), Errno> {
        match self {
            Self::Tree(tree) => mount::attach(tree.as_fd(), path),
            Self::Path(handle) => mount::bind(FdPath::new(handle.as_raw_fd()).as_c_str(), path),
        }
    }
}

/// Opens what is at the path, to be bound elsewhere or to be a layer.
pub(super) fn open(path: &CStr, bound: bool) -> Result<Handle, Errno> {
    if bound {
        match mount::copy_tree(path) {
            // Before 5.2, under a filter that knows the old calls alone, or where `user.max_mnt_namespaces` is full: until it
            // is attached, the copy lives in a mount namespace of its own.
            Err(Errno::NOSYS | Errno::PERM | Errno::NOSPC) => {}
            other => return other.map(Handle::Tree),
        }
    }
    file::handle(path).map(Handle::Path)
}
