//! A crate like a user's.
