//! What a diagnosis starts from.

use crate::error::SetupError;

use super::requirement::Requirement;

/// What failed first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'e> {
    pub(super) requirement: Requirement,
    /// `user(host)`: without a user namespace.
    pub(super) host: bool,
    pub(super) error: &'e SetupError,
}
