//! Why a network could not be built.

use std::fmt;

use super::mistake::Mistake;
use super::refused::Refused;

/// Why a network could not be built: the plan is invalid, or the machine refuses a step.
///
/// ```
/// use ns_test::network::{Error, Mistake, Network};
///
/// let mut plan = Network::plan();
/// plan.host("a");
/// plan.host("a");
/// let error = plan.build().expect_err("two hosts of one name");
/// assert!(matches!(error, Error::Plan(Mistake::NameTwice { name }) if name == "a"));
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The plan contradicts itself, or requests an impossible network.
    Plan(Mistake),
    /// The kernel, or the way the test is run, refuses a part of the plan.
    Refused(Refused),
}

impl From<Mistake> for Error {
    fn from(mistake: Mistake) -> Self {
        Self::Plan(mistake)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Plan(_) => std::io::ErrorKind::InvalidInput,
            Error::Refused(refused) => Self::from(refused.errno).kind(),
        };
        Self::new(kind, error)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(mistake) => write!(out, "the network plan is invalid: {mistake}"),
            Self::Refused(refused) => write!(out, "the network could not be built: {refused}"),
        }
    }
}

/// The same text: a test that returns the error, or unwraps it, prints this.
impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
