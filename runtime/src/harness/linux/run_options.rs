//! The options of a run, from the command line and the environment.

use std::time::Duration;

use super::monitor::RunOptions;
use crate::harness::args::{Invocation, PrepareMode};
use crate::report;

/// The time after which libtest calls a test slow.
const SLOW: Duration = Duration::from_secs(60);

/// Returns the options. Under libtest, other rules decide whether output is captured and whether
/// slow tests are reported.
pub(super) fn run_options(
    invocation: &Invocation,
    capture: bool,
    reports_slow_tests: bool,
) -> RunOptions {
    RunOptions {
        capture,
        timeout: invocation.timeout,
        prepare_again: invocation.prepare == PrepareMode::Again,
        debug: invocation.debug,
        show: |offer| report::print(&report::offer(offer)),
        slow: (
            invocation.slow.unwrap_or(SLOW),
            if reports_slow_tests {
                |name, after| report::print(&report::slow(name, after))
            } else {
                |_, _| ()
            },
        ),
    }
}
