//! Counters that a process and its children add to and read: `mmap(2)` with `MAP_SHARED`. nix's
//! `munmap` is unsafe, too.

use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicU64;

use nix::libc;

use crate::sys::Errno;
use crate::sys::mmap::map;

/// A number of counters, initially 0. Each process that has the value unmaps its own mapping when
/// it drops it.
pub(crate) struct Counters {
    start: NonNull<AtomicU64>,
    count: usize,
}

// SAFETY: it owns its mapping, and the mapping does not depend on a thread.
unsafe impl Send for Counters {}
// SAFETY: it gives access only to atomics.
unsafe impl Sync for Counters {}

impl Counters {
    /// Maps this many counters, at least one.
    pub(crate) fn new(count: usize) -> Result<Self, Errno> {
        let start = map(bytes(count.max(1)), libc::MAP_SHARED, None)?.cast();
        Ok(Self { start, count })
    }
}

impl Deref for Counters {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: the mapping has room for this many counters, is page-aligned and zeroed, and
        // lasts as long as the value. Other processes also write to it, but all bytes are valid
        // atomic integers.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.count) }
    }
}

impl Drop for Counters {
    fn drop(&mut self) {
        // SAFETY: this is the whole mapping, and no reference to it remains.
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
