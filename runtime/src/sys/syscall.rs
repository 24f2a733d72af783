//! System calls without a function in nix or in every libc: `syscall(2)`.

use std::ffi::c_long;
use std::os::fd::{FromRawFd, OwnedFd};

use nix::libc;

use super::Errno;
use super::errno::check;

/// Makes a system call with up to six arguments.
///
/// # Safety
/// The arguments must be valid for this call: a pointer must be valid for the kernel's accesses
/// through it.
pub(super) unsafe fn syscall<const COUNT: usize>(
    number: c_long,
    arguments: [usize; COUNT],
) -> Result<usize, Errno> {
    let mut all = [0; 6];
    let mut number_of_argument = 0;
    // Not `copy_from_slice`: bodies call this, and each function of std that they call in a debug
    // build is another page fault.
    while number_of_argument < COUNT {
        all[number_of_argument] = arguments[number_of_argument];
        number_of_argument += 1;
    }
    let [a, b, c, d, e, f] = all;
    // SAFETY: the caller guarantees the arguments. The kernel ignores surplus ones.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    check(result as isize).map(|result| result as usize)
}

/// Makes a system call that returns a new descriptor.
///
/// # Safety
/// As for [`syscall`], and the call must return a descriptor that it has opened.
pub(super) unsafe fn syscall_for_fd<const COUNT: usize>(
    number: c_long,
    arguments: [usize; COUNT],
) -> Result<OwnedFd, Errno> {
    // SAFETY: the caller guarantees the arguments.
    let fd = unsafe { syscall(number, arguments) }?;
    // SAFETY: the kernel has just opened it for the caller, so it has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
