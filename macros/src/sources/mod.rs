//! The part of `main!()` that reads the crate's source files for functions below `#[ns_test]`.
//!
//! Without libtest, rustc drops every function below `#[core::prelude::v1::test]`. If that
//! attribute comes first, rustc drops `#[ns_test]` before expanding it. Many macros write it first.
//! An attribute that is never expanded cannot report this, so `main!()` reads the sources. A test
//! that is certain to be dropped is a compile error. The others form a list, which the harness
//! compares with the tests in the binary.

mod annotated;
mod attributes;
mod compiler;
mod dropped;
mod file;
mod lexer;
mod macro_call;
mod predicates;
mod reader;
mod scope;
#[cfg(test)]
mod tests;
mod tokens;
mod walk;

pub(crate) use annotated::annotated;
