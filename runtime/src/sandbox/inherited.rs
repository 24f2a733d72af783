//! What a process inherits and no namespace separates: `fork(2)`, "Attributes preserved" in `execve(2)`.
//!
//! Each attribute is the caller's where a person sets it for what it starts (limits, nice value), and as after a start of
//! the machine where it only leaks in (ignored signals, keys): the table in docs/inherited.md.

use std::ffi::c_ulong;

use nix::sys::prctl;

use crate::error::{At, Call, Failure, Step};
use crate::sys::affinity::Processors;
use crate::sys::fork_mark::ForkMark;
use crate::sys::process::Forked;
use crate::sys::{Errno, keyring, signal};

/// What launcher and init have narrowed for themselves and a body gets back, and what the body marks itself with.
#[derive(Clone, Copy)]
pub(crate) struct Inherited {
    /// `None`: they were left as they are.
    pub(crate) processors: Option<Processors>,
    /// By which the body knows itself. `None`: by its pid.
    pub(crate) mark: Option<ForkMark>,
}

impl Inherited {
    /// In the body.
    pub(crate) fn restore(&self, forked: &Forked) -> Result<(), Failure<'static>> {
        if let Some(processors) = self.processors {
            processors
                .allow()
                .at(Step::ForkBody, Call::SchedSetaffinity)?;
        }
        // std's `Command` clears the mask of its children as well.
        signal::unblock_all(forked).at(Step::Watch, Call::Sigprocmask)
    }
}

/// Nanoseconds by which timers may expire late in a process that nothing has changed: `PR_SET_TIMERSLACK`.
const DEFAULT_TIMER_SLACK: c_ulong = 50_000;

/// Resets what a process passes on to all that it starts: in the launcher once, and in the init of a command.
pub(crate) fn reset() {
    signal::stop_ignoring();
    // Refused by filters only, which cost a test no more than late timers.
    let _ = prctl::set_timerslack(DEFAULT_TIMER_SLACK);
}

/// Gives the test an empty session keyring: in init, after the user namespace, whose root then owns it.
pub(crate) fn leave_session_keyring() -> Result<(), Failure<'static>> {
    match keyring::join_session_keyring() {
        // A kernel without keys, or a filter that forbids them: the test can't use them either.
        Err(Errno::NOSYS | Errno::PERM | Errno::ACCES) => Ok(()),
        other => other.at(Step::LeaveSession, Call::Keyctl),
    }
}
