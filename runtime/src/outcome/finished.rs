//! A test that is over.

use super::captured_output::Output;
use super::prepared::{NotPrepared, UsedDirectory};
use super::verdict::Outcome;
use crate::error::SetupError;

/// A test that is over.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) outcome: Outcome,
    pub(crate) output: Output,
    /// The state of the sandbox, if it was requested.
    pub(crate) state: Option<String>,
    /// The prepared directories that it used.
    pub(crate) prepared: Vec<UsedDirectory>,
}

impl Finished {
    pub(crate) fn new(outcome: Outcome, output: Output) -> Self {
        Self {
            outcome,
            output,
            state: None,
            prepared: Vec::new(),
        }
    }

    /// Returns the result of a test that has no init.
    pub(crate) fn not_launched(error: SetupError) -> Self {
        Self::new(Outcome::of_failed_setup(error), Output::default())
    }

    /// Returns the result of a test that did not start.
    pub(crate) fn not_prepared(why: NotPrepared) -> Self {
        Self::new(Outcome::of_failed_preparation(why), Output::default())
    }
}
