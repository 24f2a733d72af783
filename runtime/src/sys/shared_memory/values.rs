//! Values that all processes of a run look at, in memory that a fork does not copy: `mmap(2)` with `MAP_SHARED`.
//!
//! Of private memory a fork copies the page tables, and each side faults when it writes near by. The tables of memory that is
//! shared are left out (`vma_needs_copy` in mm/memory.c): a child finds such a page when it first looks at it.

use std::mem;
use std::ptr;
use std::slice;

use nix::libc;

use crate::sys::mmap::map;

/// Moves the values there, for ever. Nothing can write to them any more: their type must do without, interior mutability included.
pub(crate) fn share<T: Sync>(values: Vec<T>) -> &'static [T] {
    let length = size_of_val(&*values);
    let place = match map(length, libc::MAP_SHARED, None) {
        // Nothing to share (EINVAL), or no memory: then it is the process's own.
        Err(_) => return values.leak(),
        Ok(place) => place.cast::<T>().as_ptr(),
    };
    // SAFETY: the new memory is as long as the values, and aligned to the page, which is more than any type here asks for. They
    // are moved: below, the old place is given back without dropping them.
    unsafe { ptr::copy_nonoverlapping(values.as_ptr(), place, values.len()) };
    // A test that writes to it by accident shall hurt nobody but itself.
    // SAFETY: the whole of the mapping, which nobody else knows yet.
    unsafe { libc::mprotect(place.cast(), length, libc::PROT_READ) };
    let mut values = mem::ManuallyDrop::new(values);
    let (start, count, capacity) = (values.as_mut_ptr(), values.len(), values.capacity());
    // SAFETY: the parts of a vector, with no values to drop.
    drop(unsafe { Vec::from_raw_parts(start, 0, capacity) });
    // SAFETY: so many values lie there, never unmapped, and nobody writes to them.
    unsafe { slice::from_raw_parts(place, count) }
}
