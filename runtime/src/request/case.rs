//! A test as the attribute writes it: its name, its options and its function.

#![expect(
    missing_docs,
    reason = "hidden from users: the attribute's page describes each option"
)]

use std::process::ExitCode;
use std::time::Duration;

use super::spec::{Spec, Text};

/// One annotated function.
#[derive(Debug)]
pub struct Case {
    /// `module_path!()` of the function, the crate's name first.
    pub module: &'static str,
    /// The function's name as written, `r#` included.
    pub name: &'static str,
    /// `env!("CARGO_MANIFEST_DIR")` of the function's crate. The attribute's relative paths start
    /// there.
    pub manifest_dir: &'static str,
    /// `file:line:column` of the attribute.
    pub place: &'static str,
    pub spec: Spec,
    pub options: Options,
    /// The function. [`report`](crate::__private::report) has already turned its result into an
    /// exit code.
    pub body: fn() -> ExitCode,
}

/// A test's options for the harness.
#[derive(Clone, Debug)]
pub struct Options {
    pub ignore: Ignore,
    pub should_panic: ShouldPanic,
    /// `timeout = "5s"`.
    pub timeout: Option<Duration>,
    pub leftovers: Leftovers,
    pub refused: Refused,
    /// `serial = "database"`
    pub serial: Option<Text>,
}

impl Options {
    /// The options of a test that sets none.
    pub const DEFAULT: Self = Self {
        ignore: Ignore::No,
        should_panic: ShouldPanic::No,
        timeout: None,
        leftovers: Leftovers::Kill,
        refused: Refused::Fail,
        serial: None,
    };
}

/// `#[ignore]`, `#[ignore = "reason"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignore {
    No,
    Yes,
    Because(&'static str),
}

/// `#[should_panic]`, `#[should_panic(expected = "..")]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShouldPanic {
    No,
    Yes,
    Expected(&'static str),
}

/// `leftovers = "fail"`: whether a leftover process fails the test. It is killed in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftovers {
    Kill,
    Fail,
}

/// `refused = "skip"`: the result of a test on a machine that forbids one of its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Fail,
    Skip,
}
