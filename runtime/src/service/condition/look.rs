//! What a check of a condition found.

/// The result of one check.
pub(in crate::service) enum Look {
    Met,
    /// Not met yet, with the reason as far as it is known.
    NotYet(Option<String>),
    /// Can never be met.
    Broken(String),
}
