//! A test as the attribute writes it down: its name, what it asks for, its function.

#![expect(
    missing_docs,
    reason = "hidden from users: the attribute's page describes each option"
)]

use std::process::ExitCode;
use std::time::Duration;

use super::spec::Spec;

/// One annotated function.
#[derive(Debug)]
pub struct Case {
    /// `module_path!()` of the function, the crate's name first.
    pub module: &'static str,
    /// The function's name as written, `r#` included.
    pub name: &'static str,
    /// `env!("CARGO_MANIFEST_DIR")` of the crate the function stands in: relative paths of the attribute start there.
    pub manifest_dir: &'static str,
    /// `file:line:column` of the attribute.
    pub place: &'static str,
    pub spec: Spec,
    pub ignore: Ignore,
    pub should_panic: ShouldPanic,
    /// `timeout = "5s"`.
    pub timeout: Option<Duration>,
    pub leftovers: Leftovers,
    pub refused: Refused,
    /// `serial = "database"`
    pub serial: Option<&'static str>,
    /// The function, its result already turned into an exit code by [`report`](crate::__private::report).
    pub body: fn() -> ExitCode,
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

/// `leftovers = "fail"`: what it means that a process outlives its test. It is killed in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftovers {
    Kill,
    Fail,
}

/// `refused = "skip"`: what becomes of a test on a machine that forbids what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Fail,
    Skip,
}
