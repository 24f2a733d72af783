//! [`Vfork`] on processors for which nobody has found out how.

use std::os::fd::OwnedFd;

use super::Errno;
use super::thread::SingleThreaded;

/// There is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Vfork {}

impl Vfork {
    pub(crate) fn check() -> Option<Self> {
        None
    }

    pub(crate) fn call<F>(
        self,
        _alone: &SingleThreaded,
        _flags: u64,
        _work: F,
    ) -> Result<OwnedFd, Errno>
    where
        F: FnOnce(),
    {
        match self {}
    }
}
