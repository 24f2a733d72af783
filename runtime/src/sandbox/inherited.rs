//! Attributes that a process inherits and that no namespace separates: `fork(2)`, "Attributes
//! preserved" in `execve(2)`.
//!
//! Attributes that a user sets on purpose (limits, nice value) stay the caller's. Attributes that
//! are inherited by accident (ignored signals, keys) get the values that they have after boot.
//! docs/inherited.md has the table.

use std::ffi::c_ulong;

use nix::sys::prctl;

use crate::error::{At, Call, Failure, Step};
use crate::sandbox::affinity::Processors;
use crate::sys::fork_mark::ForkMark;
use crate::sys::process::Forked;
use crate::sys::{Errno, keyring, signal};

/// The attributes that launcher and init have changed for themselves and the body restores, and the
/// body's mark.
#[derive(Clone, Copy)]
pub(crate) struct Inherited {
    /// `None`: they are unchanged.
    pub(crate) processors: Option<Processors>,
    /// The mark by which the body recognizes itself. `None`: it uses its pid.
    pub(crate) mark: Option<ForkMark>,
}

impl Inherited {
    /// Restores them in the body.
    pub(crate) fn restore(&self, forked: &Forked) -> Result<(), Failure<'static>> {
        if let Some(processors) = self.processors {
            processors
                .allow()
                .at(Step::ForkBody, Call::SchedSetaffinity)?;
        }
        // std's `Command` also clears the mask of its children.
        signal::unblock_all(forked).at(Step::Watch, Call::Sigprocmask)
    }
}

/// The default timer slack of a process in nanoseconds: `PR_SET_TIMERSLACK`.
const DEFAULT_TIMER_SLACK: c_ulong = 50_000;

/// Resets the attributes that a process passes on to its children. The launcher calls this once,
/// and so does the init of a command.
pub(crate) fn reset() {
    signal::stop_ignoring();
    // Only filters refuse this, and then the test's timers are only less exact.
    let _ = prctl::set_timerslack(DEFAULT_TIMER_SLACK);
}

/// Gives the test an empty session keyring. init calls this after it has entered the user
/// namespace, whose root then owns the keyring.
pub(crate) fn leave_session_keyring() -> Result<(), Failure<'static>> {
    match keyring::join_session_keyring() {
        // The kernel has no keys, or a filter forbids them: the test cannot use them either.
        Err(Errno::NOSYS | Errno::PERM | Errno::ACCES) => Ok(()),
        other => other.at(Step::LeaveSession, Call::Keyctl),
    }
}
