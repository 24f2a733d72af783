//! LeakSanitizer, where a program is built with it (`-Zsanitizer=address` has it in it).
//!
//! The body's heap is a copy of the harness's. What the harness's other threads held, by their stacks alone, looks lost in a process
//! that has no such threads: a report of leaks that are none, and exit status 1 or 23 for a test that has passed. So a body is not searched,
//! and a harness only if no trial's closure hangs on the table that is in shared memory.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};

/// This process is not searched for leaks when it exits.
pub(crate) fn do_not_search() {
    SEARCHES_NOT.store(true, Ordering::Relaxed);
}

static SEARCHES_NOT: AtomicBool = AtomicBool::new(false);

/// LeakSanitizer asks for it at exit; its own definition is a weak one (lsan_interface.h). Nobody else calls it.
#[unsafe(no_mangle)]
extern "C" fn __lsan_is_turned_off() -> c_int {
    c_int::from(SEARCHES_NOT.load(Ordering::Relaxed))
}
