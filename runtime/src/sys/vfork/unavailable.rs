//! [`Vfork`] on platforms without it.

use std::sync::atomic::AtomicU32;

use crate::sys::Errno;
use crate::sys::process::Forked;
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::SingleThreaded;

/// A value of this type does not exist.
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
