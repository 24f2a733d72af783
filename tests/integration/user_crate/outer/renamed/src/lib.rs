//! A crate that renames the dependency.
