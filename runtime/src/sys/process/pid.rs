//! The names of processes, and signals to them. nix has no call for pidfds.

use std::ffi::c_int;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::libc;
use nix::sys::signal::Signal;
use nix::unistd;

use crate::sys::Errno;
use crate::sys::syscall::{syscall, syscall_for_fd};

/// A process id in the caller's pid namespace.
pub(crate) type Pid = libc::pid_t;

pub(crate) fn getpid() -> Pid {
    unistd::getpid().as_raw()
}

/// Opens a descriptor of a process: `pidfd_open(2)`.
pub(crate) fn pidfd_open(pid: Pid) -> Result<OwnedFd, Errno> {
    // SAFETY: takes no pointers, and returns a new descriptor.
    unsafe { syscall_for_fd(libc::SYS_pidfd_open, [pid as usize, 0]) }
}

/// Sends a signal to the descriptor's process, even if its pid has been reused.
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: Signal) -> Result<(), Errno> {
    let arguments = [pidfd.as_raw_fd() as usize, signal as usize, 0, 0];
    // SAFETY: with a null siginfo the kernel sends what kill(2) would send.
    unsafe { syscall(libc::SYS_pidfd_send_signal, arguments) }.map(drop)
}

/// Sends the signal with this number, by `kill(2)`: nix has no real-time signals.
pub(crate) fn kill_by_number(pid: Pid, signal: c_int) -> Result<(), Errno> {
    let sent = [pid as usize, signal as usize];
    // SAFETY: takes no pointers.
    unsafe { syscall(libc::SYS_kill, sent) }.map(drop)
}

/// Sends a signal: `kill(2)`.
pub(crate) fn kill(pid: Pid, signal: Signal) -> Result<(), Errno> {
    nix::sys::signal::kill(unistd::Pid::from_raw(pid), signal).map_err(Errno::from_nix)
}
