//! The role of this process, for code that runs inside and outside of tests.

use std::sync::atomic::{AtomicBool, Ordering};

/// Records that this process is the body of a test: its output is captured, and its parent reaps
/// orphans.
pub(crate) fn enter_test() {
    IS_TEST.store(true, Ordering::Relaxed);
}

/// Returns whether this process, or the one that it was forked from, is the body of a test.
pub(crate) fn is_test() -> bool {
    IS_TEST.load(Ordering::Relaxed)
}

/// Records that this process fills a prepared directory.
pub(crate) fn enter_preparation() {
    IS_PREPARATION.store(true, Ordering::Relaxed);
}

/// Returns whether this process fills a prepared directory. A process left running there would
/// affect every test.
pub(crate) fn is_preparation() -> bool {
    IS_PREPARATION.load(Ordering::Relaxed)
}

static IS_PREPARATION: AtomicBool = AtomicBool::new(false);

static IS_TEST: AtomicBool = AtomicBool::new(false);
