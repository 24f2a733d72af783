//! What became of the prepared directories of a test.

use std::time::SystemTime;

use crate::error::SetupError;

/// A prepared directory that a test has used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsedDirectory {
    pub(crate) target: String,
    /// The path of the function that filled it.
    pub(crate) function: String,
    pub(crate) at: SystemTime,
}

/// Why a test did not run: one of its directories could not be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotPrepared {
    /// The sandbox of the preparation was refused, or the store.
    NotSetUp(SetupError),
    /// The function called for the test to be skipped.
    Skipped(String),
    /// The function failed.
    Failed(FailedPreparation),
}

/// A preparation that has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedPreparation {
    pub(crate) target: String,
    pub(crate) function: String,
    pub(crate) how: HowItFailed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HowItFailed {
    /// Its output, and why it failed.
    Now(String),
    /// The report of this test has that.
    Before { test: String },
    /// It returned, and left these processes.
    LeftProcesses(String),
}
