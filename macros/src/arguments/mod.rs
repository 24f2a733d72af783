//! One pair of brackets: its names and values, and how each may be written.

mod brackets;
mod fields;
mod keys;
pub(crate) mod value;

pub(crate) use brackets::Arguments;
