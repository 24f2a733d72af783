//! A running body, as init sees it.

use super::leftovers::LeftoverProcesses;
use crate::sys::process::Pid;
use crate::sys::signal::SignalFd;

/// A body, and what init needs to supervise it.
pub(super) struct RunningBody {
    pub(super) pid: Pid,
    /// SIGCHLD and SIGTERM.
    pub(super) signals: SignalFd,
    pub(super) leftovers: LeftoverProcesses,
}
