//! Processes that serve a test.

use std::ffi::CStr;

/// The name of a process that serves the test's process, and reports when the test's process is
/// gone. Init gives it time for that, and does not count it as a leftover process.
pub(crate) const HELPER: &CStr = c"ns-test wire";
