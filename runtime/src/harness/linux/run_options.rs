//! The options of a run, from the command line and the environment.

use std::time::Duration;

use crate::harness::args::{Invocation, PrepareMode};
use crate::outcome::debug_options::DebugOptions;
use crate::outcome::keep::KeepPrompt;
use crate::report;

/// The options that all tests of a run share.
#[derive(Clone, Copy)]
pub(crate) struct RunOptions {
    /// Whether output is collected, or passed through.
    pub(crate) capture: bool,
    /// The timeout of a test that has none of its own.
    pub(crate) timeout: Option<Duration>,
    pub(crate) slow: Slow,
    /// What to do with the sandboxes of failed tests, and how to ask the user about them.
    pub(crate) debug: DebugOptions,
    pub(crate) show: fn(&KeepPrompt<'_>),
    /// Whether to prepare again the directories that this run has not prepared yet.
    pub(crate) prepare_again: bool,
}

/// When a test counts as slow, and the function that reports it.
pub(super) type Slow = (Duration, fn(&str, Duration));

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
