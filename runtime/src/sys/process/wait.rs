//! Waiting for processes: `wait(2)`, and its status.
//!
//! Raw calls where a child is reaped: if a real-time signal has killed it, nix answers EINVAL and
//! loses its status.

use std::ffi::c_int;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use nix::libc;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd;

use super::Pid;
use crate::sys::Errno;
use crate::sys::errno::{check, retry};

/// Waits for a child by descriptor and reaps it. `None`: it still runs, and `block` was false.
pub(crate) fn wait_pidfd(pidfd: BorrowedFd<'_>, block: bool) -> Result<Option<ExitStatus>, Errno> {
    // SAFETY: all fields of the structure are integers, for which zero is valid.
    let mut info: libc::siginfo_t = unsafe { mem::zeroed() };
    let options = libc::WEXITED | libc::__WALL | if block { 0 } else { libc::WNOHANG };
    let (id, into) = (pidfd.as_raw_fd() as libc::id_t, &raw mut info);
    // SAFETY: the structure outlives the call.
    retry(|| check(unsafe { libc::waitid(libc::P_PIDFD, id, into, options) }))?;
    // SAFETY: waitid sets the fields of SIGCHLD; without an ended child it leaves the zeroes.
    let pid = unsafe { info.si_pid() };
    // SAFETY: the same.
    let value = unsafe { info.si_status() };
    Ok((pid != 0).then(|| status_from_siginfo(info.si_code, value)))
}

/// Returns whether this child has ended, without reaping it.
pub(crate) fn has_ended(pid: Pid) -> bool {
    match look_at(pid) {
        Ok(WaitStatus::StillAlive) => false,
        // nix has no value for a real-time signal that has killed the child.
        Ok(_) | Err(nix::errno::Errno::EINVAL) => true,
        Err(_) => false,
    }
}

/// Returns whether this is the pid of a child of the caller that has not been reaped. Until then
/// the pid is not reused.
pub(crate) fn is_child(pid: Pid) -> bool {
    look_at(pid) != Err(nix::errno::Errno::ECHILD)
}

fn look_at(pid: Pid) -> nix::Result<WaitStatus> {
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    let id = Id::Pid(unistd::Pid::from_raw(pid));
    waitid(id, flags | WaitPidFlag::WEXITED | WaitPidFlag::__WALL)
}

/// Reaps any child. `Ok(None)`: there are children, none has ended, and `block` was false. ECHILD:
/// there are none.
pub(crate) fn wait_any(block: bool) -> Result<Option<(Pid, ExitStatus)>, Errno> {
    wait(-1, block)
}

/// Reaps this child.
pub(crate) fn wait_for(pid: Pid) -> Result<ExitStatus, Errno> {
    wait(pid, true)?
        .map(|(_, status)| status)
        .ok_or(Errno::CHILD)
}

/// Reaps this child if it has ended, or with `block` waits for its end. Returns whether it has been
/// reaped.
pub(crate) fn reap(pid: Pid, block: bool) -> bool {
    !matches!(wait(pid, block), Ok(None))
}

fn wait(pid: Pid, block: bool) -> Result<Option<(Pid, ExitStatus)>, Errno> {
    let mut status = 0;
    let options = libc::__WALL | if block { 0 } else { libc::WNOHANG };
    let into = &raw mut status;
    // SAFETY: the status outlives the call.
    let reaped = retry(|| check(unsafe { libc::waitpid(pid, into, options) }))?;
    Ok((reaped != 0).then(|| (reaped, ExitStatus::from_raw(status))))
}

/// Converts the result of `waitid` to the status word of `waitpid`.
fn status_from_siginfo(code: c_int, value: c_int) -> ExitStatus {
    const CORE_FLAG: c_int = 0x80;
    ExitStatus::from_raw(match code {
        libc::CLD_EXITED => (value & 0xff) << 8,
        libc::CLD_DUMPED => value | CORE_FLAG,
        _ => value,
    })
}
