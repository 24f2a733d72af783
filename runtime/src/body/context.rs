//! The identity of this process's test, for crate features that are used inside a test.

use std::sync::Mutex;

use crate::sys::lock::lock;

/// The running test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunningTest {
    pub(crate) name: &'static str,
    /// Whether it has a mount namespace also as an ordinary user.
    pub(crate) asks_for_mount: bool,
    pub(crate) has_network_namespace: bool,
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
pub(crate) fn running_test() -> Option<RunningTest> {
    *lock(&RUNNING)
}

/// Stores the test. The body calls it before the test's function.
pub(crate) fn remember(test: RunningTest) {
    *lock(&RUNNING) = Some(test);
}

/// Registers callbacks for the end of the test.
pub(crate) fn at_end(add: AtEnd) {
    lock(&AT_END).push(add);
}

/// Calls the `check` functions that [`at_end`] received.
pub(super) fn check() {
    for_each(|at_end| (at_end.check)());
}

/// Calls the `finish` functions that [`at_end`] received.
pub(super) fn finish(passed: bool) {
    for_each(|at_end| (at_end.finish)(passed));
}

/// Calls it without the lock: a callback may register another.
fn for_each(call: impl FnMut(&AtEnd)) {
    let registered = lock(&AT_END);
    if registered.is_empty() {
        return;
    }
    let all = registered.clone();
    drop(registered);
    all.iter().for_each(call);
}

static RUNNING: Mutex<Option<RunningTest>> = Mutex::new(None);
static AT_END: Mutex<Vec<AtEnd>> = Mutex::new(Vec::new());
