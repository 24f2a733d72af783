//! A crate whose tests run in strange surroundings.
