//! The reports of body and init on a test.

use std::process::ExitStatus;
use std::time::Duration;

use crate::error::SetupError;
use crate::sys::process::Pid;

/// The body's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodyReport {
    /// No report: the body did not start, or the function did not return.
    Nothing,
    /// The function has been called.
    Begun,
    /// It returned success.
    Returned,
    /// It returned a failure exit code, with its number if std shows it.
    Failed(Option<u8>),
    /// It panicked.
    Panicked {
        /// The message, cut to the available room. `None`: the payload was not text.
        message: Option<String>,
        /// Whether the complete message contains the text of `#[should_panic(expected = ..)]`.
        as_expected: bool,
    },
    /// It called `skip!`.
    Skipped(String),
    /// The page does not hold a valid report.
    Corrupt,
}

/// Init's report on the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InitReport {
    /// No report: init was killed, or still runs.
    Nothing,
    /// Setting up the sandbox failed.
    NotSetUp(SetupError),
    /// The body ended with this status.
    Ended(ExitStatus),
    /// The page does not hold a valid report.
    Corrupt,
}

/// Processor time of the body, which its hard limit may have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CpuTime {
    pub(crate) limit: Duration,
    pub(crate) used: Duration,
}

/// A process that outlived the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) pid: Pid,
    /// Empty if there was no /proc to read it from.
    pub(crate) command: String,
}
