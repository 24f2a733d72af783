//! Processes: what names them, and signals to them. How they are made, waited for, set and replaced is below.

mod clone;
mod execute;
mod forked;
mod wait;

use std::ffi::c_int;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::libc;
use nix::sys::signal::Signal;
use nix::unistd;

use super::Errno;
use super::syscall::{syscall, syscall_for_fd};

pub(crate) use clone::*;
pub(crate) use execute::*;
pub(crate) use forked::*;
pub(crate) use wait::*;

/// A process id, as the caller's pid namespace counts.
pub(crate) type Pid = libc::pid_t;

pub(crate) fn getpid() -> Pid {
    unistd::getpid().as_raw()
}

/// 0: the parent is in another pid namespace.
pub(crate) fn getppid() -> Pid {
    unistd::getppid().as_raw()
}

/// A descriptor of a process: `pidfd_open(2)`.
pub(crate) fn pidfd_open(pid: Pid) -> Result<OwnedFd, Errno> {
    // SAFETY: takes no pointers, and returns a new descriptor.
    unsafe { syscall_for_fd(libc::SYS_pidfd_open, [pid as usize, 0]) }
}

/// Sends a signal to the process behind the descriptor, whatever has become of its pid.
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: Signal) -> Result<(), Errno> {
    let arguments = [pidfd.as_raw_fd() as usize, signal as usize, 0, 0];
    // SAFETY: the kernel takes a null siginfo for what kill(2) would send.
    unsafe { syscall(libc::SYS_pidfd_send_signal, arguments) }.map(drop)
}

/// `kill(2)` with any number: nix has no real-time signals.
pub(crate) fn kill_by_number(pid: Pid, signal: c_int) -> Result<(), Errno> {
    let sent = [pid as usize, signal as usize];
    // SAFETY: takes no pointers.
    unsafe { syscall(libc::SYS_kill, sent) }.map(drop)
}

/// `kill(2)`.
pub(crate) fn kill(pid: Pid, signal: Signal) -> Result<(), Errno> {
    nix::sys::signal::kill(unistd::Pid::from_raw(pid), signal).map_err(Errno::from_nix)
}
