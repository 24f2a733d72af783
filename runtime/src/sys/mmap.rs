//! New memory: `mmap(2)`. Raw, since nix returns a pointer as well, for one crate feature more.

use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::{self, NonNull};

use nix::libc;

use super::Errno;

/// Maps new memory, to read and to write, which is never unmapped unless the caller does it. Without a file it is of zeroes.
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
    // SAFETY: asks for new memory, touches none that exists.
    let memory = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, file, 0) };
    match NonNull::new(memory) {
        Some(memory) if memory.as_ptr() != libc::MAP_FAILED => Ok(memory),
        _ => Err(Errno::last()),
    }
}
