//! A running body, as init sees it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::leftovers::LeftoverProcesses;
use super::signals::SignalFd;
use crate::sys::process::Pid;

/// A body, and what init needs to supervise it.
pub(super) struct RunningBody {
    pub(super) pid: Pid,
    /// Readable once the process has ended. It is readable even while a tracer keeps init from
    /// reaping the process, when there is no SIGCHLD. `None`: before Linux 5.3.
    pub(super) end: Option<OwnedFd>,
    /// SIGCHLD and SIGTERM.
    pub(super) signals: SignalFd,
    pub(super) leftovers: LeftoverProcesses,
}

impl RunningBody {
    /// Returns what is readable when the process may have ended.
    pub(super) fn end(&self) -> BorrowedFd<'_> {
        self.end.as_ref().map_or(self.signals.as_fd(), AsFd::as_fd)
    }
}
