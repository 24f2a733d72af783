//! Waiting for processes: `wait(2)`, and its status.

use std::ffi::c_int;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::libc;
use nix::sys::signal::Signal;
use nix::sys::wait::{self, Id, WaitPidFlag, waitid};
use nix::unistd;

use super::Pid;
use crate::sys::Errno;
use crate::sys::errno::check;

/// How a process ended: the status word of `wait(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitStatus(pub(crate) c_int);

impl WaitStatus {
    pub(crate) const fn exit_code(self) -> Option<i32> {
        if libc::WIFEXITED(self.0) {
            Some(libc::WEXITSTATUS(self.0))
        } else {
            None
        }
    }

    pub(crate) const fn signal(self) -> Option<i32> {
        if libc::WIFSIGNALED(self.0) {
            Some(libc::WTERMSIG(self.0))
        } else {
            None
        }
    }

    pub(crate) fn is_from(self, signal: Signal) -> bool {
        self.signal() == Some(signal as c_int)
    }

    pub(crate) const fn killed_by(signal: Signal) -> Self {
        Self(signal as c_int)
    }

    pub(crate) const fn dumped_core(self) -> bool {
        libc::WIFSIGNALED(self.0) && libc::WCOREDUMP(self.0)
    }
}

/// Waits for a child by descriptor and reaps it. `None`: it still runs, and `block` was false.
///
/// A raw call, as [`wait`]: if a real-time signal has killed the child, nix reaps it, answers
/// EINVAL and loses its status.
pub(crate) fn wait_pidfd(pidfd: BorrowedFd<'_>, block: bool) -> Result<Option<WaitStatus>, Errno> {
    // SAFETY: all fields of the structure are integers, for which zero is valid.
    let mut info: libc::siginfo_t = unsafe { mem::zeroed() };
    let options = libc::WEXITED | libc::__WALL | if block { 0 } else { libc::WNOHANG };
    // SAFETY: the structure outlives the call.
    let waited = unsafe {
        libc::waitid(
            libc::P_PIDFD,
            pidfd.as_raw_fd() as libc::id_t,
            &raw mut info,
            options,
        )
    };
    match check(waited) {
        Err(Errno::INTR) => return wait_pidfd(pidfd, block),
        other => other?,
    };
    // SAFETY: waitid sets the fields of SIGCHLD; without an ended child it leaves the zeroes.
    let pid = unsafe { info.si_pid() };
    // SAFETY: the same.
    let value = unsafe { info.si_status() };
    Ok((pid != 0).then(|| status_from_siginfo(info.si_code, value)))
}

/// Returns whether this child has ended, without reaping it: `WNOWAIT`.
pub(crate) fn has_ended(pid: Pid) -> bool {
    let flags =
        WaitPidFlag::WEXITED | WaitPidFlag::__WALL | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    match waitid(Id::Pid(unistd::Pid::from_raw(pid)), flags) {
        Ok(wait::WaitStatus::StillAlive) => false,
        // nix has no value for a real-time signal that has killed the child.
        Ok(_) | Err(nix::errno::Errno::EINVAL) => true,
        Err(_) => false,
    }
}

/// Returns whether this is the pid of a child of the caller that has not been reaped. Until then
/// the pid is not reused.
pub(crate) fn is_child(pid: Pid) -> bool {
    let flags =
        WaitPidFlag::WEXITED | WaitPidFlag::__WALL | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    let waited = waitid(Id::Pid(unistd::Pid::from_raw(pid)), flags);
    waited != Err(nix::errno::Errno::ECHILD)
}

/// Reaps any child. `Ok(None)`: there are children, none has ended, and `block` was false. ECHILD:
/// there are none.
pub(crate) fn wait_any(block: bool) -> Result<Option<(Pid, WaitStatus)>, Errno> {
    wait(-1, block)
}

/// Reaps this child.
pub(crate) fn wait_for(pid: Pid) -> Result<WaitStatus, Errno> {
    wait(pid, true)?
        .map(|(_, status)| status)
        .ok_or(Errno::CHILD)
}

/// Reaps this child if it has ended, or with `block` waits for its end. Returns whether it has been
/// reaped.
pub(crate) fn reap(pid: Pid, block: bool) -> bool {
    !matches!(wait(pid, block), Ok(None))
}

fn wait(pid: Pid, block: bool) -> Result<Option<(Pid, WaitStatus)>, Errno> {
    let mut status = 0;
    let options = libc::__WALL | if block { 0 } else { libc::WNOHANG };
    loop {
        // SAFETY: the status outlives the call.
        match check(unsafe { libc::waitpid(pid, &raw mut status, options) }) {
            Ok(0) => return Ok(None),
            Ok(pid) => return Ok(Some((pid, WaitStatus(status)))),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Converts the result of `waitid` to the status word of `waitpid`.
fn status_from_siginfo(code: c_int, value: c_int) -> WaitStatus {
    const CORE_FLAG: c_int = 0x80;
    WaitStatus(match code {
        libc::CLD_EXITED => (value & 0xff) << 8,
        libc::CLD_DUMPED => value | CORE_FLAG,
        _ => value,
    })
}
