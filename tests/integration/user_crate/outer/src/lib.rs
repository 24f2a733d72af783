//! A crate as a user has it.
