//! What this process is, for code that runs inside and outside of tests.

use std::sync::atomic::{AtomicBool, Ordering};

/// Records that this process is the body of a test: its output is captured, and its parent reaps orphans.
pub(crate) fn enter_test() {
    IS_TEST.store(true, Ordering::Relaxed);
}

/// Returns whether this process, or the one that it was forked from, is the body of a test.
pub(crate) fn is_test() -> bool {
    IS_TEST.load(Ordering::Relaxed)
}

static IS_TEST: AtomicBool = AtomicBool::new(false);
