//! Descriptors.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;

/// `dup(2)`: unlike std's descriptors, one that programs inherit.
///
/// # Errors
/// Its errno.
pub fn dup(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: takes no pointers.
    let raw = check(unsafe { libc::dup(fd.as_raw_fd()) })?;
    // SAFETY: the kernel has just made this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Closes a descriptor of the process: std's own, too.
pub fn close(fd: c_int) {
    // SAFETY: takes no pointers; the tests that call it use the descriptor no more.
    unsafe { libc::close(fd) };
}

/// `pipe2(2)`: the end to read from first, both closed on exec.
///
/// # Errors
/// Its errno.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: the array has room for the two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: the kernel has just made it, and nobody else knows it.
    let reader = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: the same.
    Ok((reader, unsafe { OwnedFd::from_raw_fd(ends[1]) }))
}

/// `dup2(2)`: a copy of this number, which programs inherit.
///
/// # Errors
/// Its errno.
pub fn dup_to(from: c_int, to: c_int) -> io::Result<()> {
    // SAFETY: takes no pointers; nothing in these tests owns the number.
    check(unsafe { libc::dup2(from, to) }).map(drop)
}
