//! What a process changes of itself: its session, its group, its working directory, its `prctl(2)` settings.

use std::ffi::{CStr, c_ulong};

use nix::libc;

use crate::sys::Errno;
use crate::sys::errno::check;

/// Becomes leader of a new session: out of reach of the terminal and of the caller's process group.
pub(crate) fn setsid() -> Result<(), Errno> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setsid() }).map(drop)
}

/// Becomes leader of a new process group of the same session.
pub(crate) fn lead_process_group() -> Result<(), Errno> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setpgid(0, 0) }).map(drop)
}

pub(crate) fn chdir(path: &CStr) -> Result<(), Errno> {
    // SAFETY: the path is a C string.
    check(unsafe { libc::chdir(path.as_ptr()) }).map(drop)
}

/// Has orphans among the descendants become children of the caller: `PR_SET_CHILD_SUBREAPER`.
pub(crate) fn become_subreaper() -> Result<(), Errno> {
    // SAFETY: this option takes one number.
    check(unsafe {
        libc::prctl(
            libc::PR_SET_CHILD_SUBREAPER,
            1 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        )
    })
    .map(drop)
}

/// Has the kernel kill the caller once the thread that forked it is gone: `PR_SET_PDEATHSIG`.
pub(crate) fn die_with_parent() -> Result<(), Errno> {
    // SAFETY: this option takes one number.
    check(unsafe {
        libc::prctl(
            libc::PR_SET_PDEATHSIG,
            libc::SIGKILL as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        )
    })
    .map(drop)
}

/// Makes /proc/self the caller's own again where a setuid or an unreadable binary has given it to root.
pub(crate) fn make_dumpable() -> Result<(), Errno> {
    // SAFETY: this option takes one number.
    check(unsafe {
        libc::prctl(
            libc::PR_SET_DUMPABLE,
            1 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        )
    })
    .map(drop)
}

/// Whether /proc/self is the caller's own: `PR_GET_DUMPABLE`.
pub(crate) fn is_dumpable() -> bool {
    // SAFETY: this option takes no pointers.
    unsafe {
        libc::prctl(
            libc::PR_GET_DUMPABLE,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        ) == 1
    }
}
