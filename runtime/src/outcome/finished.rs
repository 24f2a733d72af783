//! A test that is over.

use super::captured_output::Output;
use super::verdict::Outcome;

/// A test that is over.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) outcome: Outcome,
    pub(crate) output: Output,
    /// What the sandbox looked like, if that was asked for.
    pub(crate) state: Option<String>,
}
