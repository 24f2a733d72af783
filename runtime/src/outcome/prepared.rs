//! The results of a test's prepared directories.

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

/// The reason why a test did not run: preparing one of its directories failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotPrepared {
    /// The preparation's sandbox or the store could not be set up.
    NotSetUp(SetupError),
    /// The function called `skip!`.
    Skipped(String),
    /// The function failed.
    Failed(FailedPreparation),
}

/// A failed preparation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedPreparation {
    pub(crate) target: String,
    pub(crate) function: String,
    pub(crate) how: HowItFailed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HowItFailed {
    /// Its output and the reason, to report now.
    Now(String),
    /// The report of this test already contains the failure.
    Before { test: String },
    /// It returned, but left these processes.
    LeftProcesses(String),
}
