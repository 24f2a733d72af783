//! Which test this process runs, for what is used inside of a test.

use std::sync::{Mutex, OnceLock, PoisonError};

/// The running test.
#[derive(Debug)]
pub(crate) struct RunningTest {
    pub(crate) name: String,
    /// Whether what is mounted here is seen by this test only.
    pub(crate) has_mount_namespace: bool,
}

/// What is done when the test's function has ended, for a part of the crate that was used in it.
#[derive(Clone, Copy)]
pub(crate) struct AtEnd {
    /// Called on the test's thread if the function has not panicked. A panic here is one of the
    /// test's.
    pub(crate) check: fn(),
    /// Called when it is known whether the test has passed.
    pub(crate) finish: fn(passed: bool),
}

/// The test that this process runs. `None`: it is no test's process.
pub(crate) fn running_test() -> Option<&'static RunningTest> {
    RUNNING.get()
}

/// In the body, before the test's function.
pub(crate) fn remember(test: RunningTest) {
    let _ = RUNNING.set(test);
}

/// Has this done at the end of the test.
pub(crate) fn at_end(add: AtEnd) {
    AT_END
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(add);
}

/// Calls what [`at_end`] was given.
pub(super) fn check() {
    all().iter().for_each(|at_end| (at_end.check)());
}

/// Calls what [`at_end`] was given.
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
