//! New memory: `mmap(2)`. A raw call, because nix also returns a pointer and would need another
//! crate feature.

use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::{self, NonNull};

use nix::libc;

use super::Errno;
use super::errno::check;

/// Maps new memory for reading and writing, which stays mapped unless the caller unmaps it. Without
/// a file it contains zeroes.
pub(super) fn map(
    length: usize,
    flags: c_int,
    file: Option<BorrowedFd<'_>>,
) -> Result<NonNull<c_void>, Errno> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let (flags, file) = match file {
        Some(file) => (flags, file.as_raw_fd()),
        None => (flags | libc::MAP_ANONYMOUS, -1),
    };
    // SAFETY: requests new memory, and does not touch existing memory.
    let memory = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, file, 0) };
    // The kernel maps nothing at 0 unless it is asked to.
    NonNull::new(check(memory)?).ok_or(Errno::INVAL)
}
