//! The input of a diagnosis.

use crate::error::SetupError;

use super::requirement::Requirement;

/// The first failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'e> {
    pub(super) requirement: Requirement,
    /// `user(host)`: without a user namespace.
    pub(super) host: bool,
    pub(super) error: &'e SetupError,
}
