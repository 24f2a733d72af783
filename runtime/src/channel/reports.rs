//! What body and init report of a test.

use crate::error::SetupError;
use crate::sys::process::{Pid, WaitStatus};

/// What the body reports of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodyReport {
    /// Nothing: it did not get as far, or not back.
    Nothing,
    /// The function has been called.
    Begun,
    /// It returned a success.
    Returned,
    /// It returned an exit code that is none, if std shows its number.
    Failed(Option<u8>),
    /// It panicked.
    Panicked {
        /// As much of it as there is room for. `None`: the payload was no text.
        message: Option<String>,
        /// Whether the whole of it holds what `#[should_panic(expected = ..)]` asks for.
        as_expected: bool,
    },
    /// It called for the test to be ignored.
    Skipped(String),
    /// What is written there is no report.
    Corrupt,
}

/// What init reports of the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InitReport {
    /// Nothing: it was killed, or is at it still.
    Nothing,
    /// The sandbox could not be made.
    NotSetUp(SetupError),
    /// The body has ended like this.
    Ended(WaitStatus),
    /// What is written there is no report.
    Corrupt,
}

/// A process that outlived the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) pid: Pid,
    /// Empty: there was no /proc to read it from.
    pub(crate) command: String,
}
