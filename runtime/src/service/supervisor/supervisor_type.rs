//! The supervisor's data.

use std::ffi::CString;

use super::{Fds, Output};
use crate::service::copied_command::CopiedCommand;
use crate::service::message::State;
use crate::sys::process::Forked;
use crate::sys::signal::SignalsBlocked;

/// Everything the supervisor needs, prepared by the test's process.
pub(in crate::service) struct Supervisor {
    pub(in crate::service) command: CopiedCommand,
    pub(in crate::service) fds: Fds,
    pub(in crate::service) output: Output,
    /// Whether the program is expected to exit with status 0 and leave a daemon.
    pub(in crate::service) forks: bool,
    /// What to remove at the end: the notification socket, then its directory.
    pub(in crate::service) notify_paths: Option<(CString, CString)>,
    pub(in crate::service) life: Life,
    /// The buffer for answers and for all reads.
    pub(in crate::service) buffer: Vec<u8>,
}

/// The state that a new process starts with.
pub(in crate::service) struct NewProcess {
    pub(in crate::service) forked: Forked,
    pub(in crate::service) blocked: SignalsBlocked,
}

/// The state of one start.
#[derive(Default)]
pub(in crate::service) struct Life {
    pub(in crate::service) state: State,
    /// The test has requested the next exit.
    pub(super) expects_exit: bool,
    /// The test waits for readiness, or will, and reports an exit itself.
    pub(super) test_waits: bool,
    pub(super) announced: bool,
    /// The kernel's out-of-memory kill count when the program was started.
    pub(super) oom_kills: Option<u64>,
}
