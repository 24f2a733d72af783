//! A crate that knows the dependency by another name.
