//! LeakSanitizer, in programs built with it (`-Zsanitizer=address` includes it).
//!
//! The body's heap is a copy of the harness's. Memory that only the stacks of the harness's other
//! threads reference looks leaked in a process without those threads. LeakSanitizer would report
//! false leaks, and a passed test would exit with status 1 or 23. So a body is not checked.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};

/// Disables the leak check at the exit of this process.
pub(crate) fn do_not_search() {
    SEARCHES_NOT.store(true, Ordering::Relaxed);
}

static SEARCHES_NOT: AtomicBool = AtomicBool::new(false);

/// LeakSanitizer calls this at exit; its own definition is weak (lsan_interface.h). No other code
/// calls it.
#[unsafe(no_mangle)]
extern "C" fn __lsan_is_turned_off() -> c_int {
    c_int::from(SEARCHES_NOT.load(Ordering::Relaxed))
}
