//! Counters that a process and its children all add to and read: `mmap(2)` with `MAP_SHARED`.

use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicU64;

use nix::libc;

use crate::sys::Errno;
use crate::sys::mmap::map;

/// So many counters, all 0 at first. Each process that has the value unmaps its own view of them
/// when it drops it.
pub(crate) struct Counters {
    start: NonNull<AtomicU64>,
    count: usize,
}

// SAFETY: it owns its view of the memory, and nothing there depends on a thread.
unsafe impl Send for Counters {}
// SAFETY: atomics are all that can be reached through it.
unsafe impl Sync for Counters {}

impl Counters {
    /// Asks for at least one.
    pub(crate) fn new(count: usize) -> Result<Self, Errno> {
        let start = map(bytes(count.max(1)), libc::MAP_SHARED, None)?.cast();
        Ok(Self { start, count })
    }
}

impl Deref for Counters {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: so many counters lie in the mapping, which is page-aligned, of zeroes, and lasts
        // as long as the value. Other processes write to it as well, but whatever bytes are there
        // are values of an atomic integer.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.count) }
    }
}

impl Drop for Counters {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, which nothing can reach any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), bytes(self.count.max(1))) };
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Counters({})", self.count)
    }
}

fn bytes(count: usize) -> usize {
    count * size_of::<AtomicU64>()
}
