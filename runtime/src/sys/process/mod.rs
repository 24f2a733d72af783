//! Processes: what names them, and signals to them. How they are made, waited for, set and replaced is below.

mod clone;
mod execute;
mod own;
mod wait;

use std::ffi::c_int;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use nix::libc;

use super::Errno;
use super::errno::{check, check_long};

pub(crate) use clone::*;
pub(crate) use execute::*;
pub(crate) use own::*;
pub(crate) use wait::*;

/// A process id, as the caller's pid namespace counts.
pub(crate) type Pid = libc::pid_t;

pub(crate) fn getpid() -> Pid {
    // SAFETY: can't fail.
    unsafe { libc::getpid() }
}

/// A descriptor of a process: `pidfd_open(2)`.
pub(crate) fn pidfd_open(pid: Pid) -> Result<OwnedFd, Errno> {
    // SAFETY: takes no pointers.
    let opened = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    check_long(opened as isize).map(|fd| owned(fd as c_int))
}

/// Sends a signal to the process behind the descriptor, whatever has become of its pid.
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: c_int) -> Result<(), Errno> {
    let no_info = ptr::null::<libc::siginfo_t>();
    // SAFETY: the kernel takes a null siginfo for what kill(2) would send.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            no_info,
            0,
        )
    };
    check_long(sent as isize).map(drop)
}

/// `kill(2)`.
pub(crate) fn kill(pid: Pid, signal: c_int) -> Result<(), Errno> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::kill(pid, signal) }).map(drop)
}

fn owned(fd: c_int) -> OwnedFd {
    // SAFETY: the kernel has just made this descriptor for the caller, nobody else knows it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}
