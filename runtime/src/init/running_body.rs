//! A body that runs, as init sees it.

use super::leftovers::LeftoverProcesses;
use crate::sys::process::Pid;
use crate::sys::signal::SignalFd;

/// A body, and what init supervises it with.
pub(super) struct RunningBody {
    pub(super) pid: Pid,
    /// SIGCHLD and SIGTERM.
    pub(super) signals: SignalFd,
    pub(super) leftovers: LeftoverProcesses,
}
