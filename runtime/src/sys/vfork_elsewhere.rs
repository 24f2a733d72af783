//! [`Vfork`] on processors for which it is not known how.

use std::sync::atomic::AtomicU32;

use super::Errno;
use super::process::Forked;
use super::signal::SignalsBlocked;
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
        _single_threaded: &SingleThreaded,
        _blocked: &SignalsBlocked,
        _flags: u64,
        _pid: &'static AtomicU32,
        _work: F,
    ) -> Result<(), Errno>
    where
        F: FnOnce(Forked),
    {
        match self {}
    }
}
