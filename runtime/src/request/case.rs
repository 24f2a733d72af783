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
    /// `module_path!()` and the function's name as written, `r#` included. The crate's name is
    /// first.
    pub path: &'static str,
    /// `env!("CARGO_MANIFEST_DIR")` of the function's crate. The attribute's relative paths start
    /// there.
    pub manifest_dir: &'static str,
    /// The place of the attribute.
    pub file: &'static str,
    pub line: u32,
    pub column: u32,
    pub spec: &'static Spec,
    pub options: &'static Options,
    pub body: Body,
}

impl Case {
    /// Returns the name that libtest uses: the path of the function without the crate.
    pub(crate) fn name(&self) -> &'static str {
        without_crate(self.path)
    }
}

/// Returns a path of modules without the crate, with which `module_path!()` starts.
///
/// `split_once` takes eight times as long in a debug build, and this runs for each test of the
/// binary in each process.
pub(crate) fn without_crate(path: &str) -> &str {
    let bytes = path.as_bytes();
    let mut length = 0;
    while length < bytes.len() && bytes[length] != b':' {
        length += 1;
    }
    path.get(length + 2..).unwrap_or(path)
}

/// A test's function.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// It has no result.
    Unit(fn()),
    /// [`report`](crate::__private::report) has already turned its result into an exit code.
    Reported(fn() -> ExitCode),
}

/// The sandbox of tests with a bare `#[ns_test]`.
pub static HERMETIC: Spec = Spec::HERMETIC;

/// The options of tests without any.
pub static DEFAULT: Options = Options::DEFAULT;

/// The sandbox of tests without a namespace.
pub static NOTHING: Spec = Spec::NOTHING;

/// A test's options for the harness.
#[derive(Clone, Debug, PartialEq, Eq)]
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
