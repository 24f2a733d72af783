//! The variable that asks constructors, which run before `main`, to start no thread.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

use crate::sys::env as environment;
use crate::sys::thread::SingleThreaded;

/// The processes that fork have it in their environment when they start.
const VARIABLE: &str = "NS_TEST_HARNESS";

/// Its value where this crate sets it.
const AGAIN: &str = "again";

/// Returns whether constructors were asked to start no thread.
pub(crate) fn were_asked() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// Makes the command ask the constructors of its program. The caller's own value stays.
pub(crate) fn ask(command: &mut Command) {
    if !were_asked() {
        command.env(VARIABLE, AGAIN);
    }
}

/// Removes the variable, unless it is the caller's, so that a test has the caller's environment.
pub(crate) fn forget(single_threaded: &SingleThreaded) {
    if env::var_os(VARIABLE).is_some_and(|value| value == AGAIN) {
        environment::remove(single_threaded, OsStr::new(VARIABLE));
    }
}
