//! Values that all processes of a run read, in memory that a fork does not copy: `mmap(2)` with
//! `MAP_SHARED`.
//!
//! For private memory a fork copies the page tables, and both sides fault when they write to nearby
//! memory. A fork skips the tables of shared memory (`vma_needs_copy` in mm/memory.c): a child maps
//! such a page at its first access.

use std::mem;
use std::ptr;
use std::slice;

use nix::libc;

use crate::sys::mmap::map;

/// Moves the values there, forever. They become read-only, so their type must not need writes,
/// including interior mutability.
pub(crate) fn share<T: Sync>(values: Vec<T>) -> &'static [T] {
    let length = size_of_val(&*values);
    let place = match map(length, libc::MAP_SHARED, None) {
        // Nothing to share (EINVAL), or no memory: leak the values in private memory.
        Err(_) => return values.leak(),
        Ok(place) => place.cast::<T>().as_ptr(),
    };
    // SAFETY: the new memory is as long as the values, and page-aligned, which exceeds the
    // alignment of any type here. The values are moved: the code below frees the old memory without
    // dropping them.
    unsafe { ptr::copy_nonoverlapping(values.as_ptr(), place, values.len()) };
    // Read-only, so that an accidental write by a test affects only that test.
    // SAFETY: this is the whole mapping, and there is no other reference to it yet.
    unsafe { libc::mprotect(place.cast(), length, libc::PROT_READ) };
    let mut values = mem::ManuallyDrop::new(values);
    let (start, count, capacity) = (values.as_mut_ptr(), values.len(), values.capacity());
    // SAFETY: the parts of a vector, without values to drop.
    drop(unsafe { Vec::from_raw_parts(start, 0, capacity) });
    // SAFETY: the memory has this many values, is never unmapped, and is never written.
    unsafe { slice::from_raw_parts(place, count) }
}
