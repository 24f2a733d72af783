//! The identity of this process's test, for crate features that are used inside a test.

use std::sync::{Mutex, OnceLock, PoisonError};

/// The running test.
#[derive(Debug)]
pub(crate) struct RunningTest {
    pub(crate) name: String,
    /// Whether mounts made here are visible only to this test.
    pub(crate) has_mount_namespace: bool,
}

/// Callbacks that run after the test's function, for a part of the crate that the test used.
#[derive(Clone, Copy)]
pub(crate) struct AtEnd {
    /// Called on the test's thread if the function has not panicked. A panic here counts as a panic
    /// of the test.
    pub(crate) check: fn(),
    /// Called once the test's result is known.
    pub(crate) finish: fn(passed: bool),
}

/// Returns the test that this process runs. `None`: this is not a test process.
pub(crate) fn running_test() -> Option<&'static RunningTest> {
    RUNNING.get()
}

/// Stores the test. The body calls it before the test's function.
pub(crate) fn remember(test: RunningTest) {
    let _ = RUNNING.set(test);
}

/// Registers callbacks for the end of the test.
pub(crate) fn at_end(add: AtEnd) {
    AT_END
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(add);
}

/// Calls the `check` functions that [`at_end`] received.
pub(super) fn check() {
    all().iter().for_each(|at_end| (at_end.check)());
}

/// Calls the `finish` functions that [`at_end`] received.
pub(super) fn finish(passed: bool) {
    all().iter().for_each(|at_end| (at_end.finish)(passed));
}

fn all() -> Vec<AtEnd> {
    AT_END
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

static RUNNING: OnceLock<RunningTest> = OnceLock::new();
static AT_END: Mutex<Vec<AtEnd>> = Mutex::new(Vec::new());
