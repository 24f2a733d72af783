//! What bind mounts and overlays show: something on the host, and the handle on it.

use std::cell::OnceCell;
use std::mem::ManuallyDrop;
use std::os::fd::OwnedFd;

use crate::error::Subject;

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
}
