//! What a process changes of itself: its session, its group, its working directory, its `prctl(2)` settings.

use std::ffi::CStr;

use nix::sys::prctl;
use nix::sys::signal::SIGKILL;
use nix::unistd::{self, Pid};

use crate::sys::Errno;

/// Becomes leader of a new session: out of reach of the terminal and of the caller's process group.
pub(crate) fn setsid() -> Result<(), Errno> {
    unistd::setsid().map(drop).map_err(Errno::from_nix)
}

/// Becomes leader of a new process group of the same session.
pub(crate) fn lead_process_group() -> Result<(), Errno> {
    unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0)).map_err(Errno::from_nix)
}

pub(crate) fn chdir(path: &CStr) -> Result<(), Errno> {
    unistd::chdir(path).map_err(Errno::from_nix)
}

/// Has orphans among the descendants become children of the caller: `PR_SET_CHILD_SUBREAPER`.
pub(crate) fn become_subreaper() -> Result<(), Errno> {
    prctl::set_child_subreaper(true).map_err(Errno::from_nix)
}

/// Has the kernel kill the caller once the thread that forked it is gone: `PR_SET_PDEATHSIG`.
pub(crate) fn die_with_parent() -> Result<(), Errno> {
    prctl::set_pdeathsig(SIGKILL).map_err(Errno::from_nix)
}

/// Lets timers expire up to 50 µs late, as a process that nothing has changed does: `PR_SET_TIMERSLACK`.
pub(crate) fn use_default_timer_slack() -> Result<(), Errno> {
    prctl::set_timerslack(50_000).map_err(Errno::from_nix)
}

/// Makes /proc/self the caller's own again where a setuid or an unreadable binary has given it to root.
pub(crate) fn make_dumpable() -> Result<(), Errno> {
    prctl::set_dumpable(true).map_err(Errno::from_nix)
}

/// Whether /proc/self is the caller's own: `PR_GET_DUMPABLE`.
pub(crate) fn is_dumpable() -> bool {
    prctl::get_dumpable() == Ok(true)
}
