//! Memory that a process shares with those it forks: `mmap(2)` with `MAP_SHARED`.

use std::ptr;
use std::sync::atomic::AtomicU32;

use super::Errno;

/// How many words a page has. Those that are never touched cost nothing: the kernel gives memory by the 4 KiB.
pub(crate) const WORDS: usize = 4096;

/// A page of zeroes that this process and all its later children see the same, for ever.
pub(crate) fn shared() -> Result<&'static [AtomicU32; WORDS], Errno> {
    let length = WORDS * size_of::<AtomicU32>();
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    // SAFETY: asks for new memory, touches none that exists.
    let memory = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, -1, 0) };
    if memory == libc::MAP_FAILED {
        return Err(Errno::last());
    }
    // SAFETY: the memory is zeroed, page-aligned, as long as the array, and never unmapped. Other processes write to it
    // too, so that only atomics may look at it: zero is a value of them all.
    Ok(unsafe { &*memory.cast() })
}
