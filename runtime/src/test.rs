//! A test as the harness works with it, whether an attribute or a program made it.

use std::borrow::Cow;
use std::fmt;
use std::hint;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::builder::Sandbox;
use crate::case::{Case, Ignore, Leftovers, Refused, ShouldPanic};
use crate::place::Place;
use crate::spec::Spec;

/// One test of the binary.
#[derive(Debug)]
pub(crate) struct Test {
    /// As libtest names it: the path of the function without the crate.
    pub(crate) name: String,
    /// Where it stands in the sources. `None`: it was made at run time.
    pub(crate) place: Option<&'static str>,
    pub(crate) spec: Asked,
    pub(crate) ignore: Ignore,
    pub(crate) should_panic: ShouldPanic,
    pub(crate) timeout: Option<Duration>,
    pub(crate) leftovers: Leftovers,
    pub(crate) refused: Refused,
    pub(crate) serial: Option<&'static str>,
    pub(crate) body: Body,
}

/// What a test asks for. It stays where it is: there may be thousands of tests.
#[derive(Debug)]
pub(crate) enum Asked {
    InAttribute(&'static Case),
    InProgram(Sandbox),
}

impl Asked {
    pub(crate) fn spec(&self) -> &Spec {
        match self {
            Self::InAttribute(case) => &case.spec,
            Self::InProgram(sandbox) => &sandbox.spec,
        }
    }

    /// Where relative paths of the spec start.
    pub(crate) fn base(&self) -> Cow<'_, Path> {
        match self {
            Self::InAttribute(case) => Place::manifest_dir(case.manifest_dir).into(),
            Self::InProgram(sandbox) => Cow::Borrowed(&sandbox.base),
        }
    }
}

/// What a test does.
pub(crate) enum Body {
    Function(fn() -> ExitCode),
    Closure(Box<dyn Fn() -> ExitCode + Send + Sync>),
}

impl Body {
    pub(crate) fn call(&self) -> ExitCode {
        match self {
            Self::Function(function) => __rust_begin_short_backtrace(*function),
            Self::Closure(closure) => __rust_begin_short_backtrace(closure),
        }
    }
}

/// Marks where the test begins: std's short backtraces leave out all above a function of this name.
#[inline(never)]
fn __rust_begin_short_backtrace(function: impl FnOnce() -> ExitCode) -> ExitCode {
    // Keeps the call from becoming a jump, which would take this frame off the stack.
    hint::black_box(function())
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Function(_) => "Function",
            Self::Closure(_) => "Closure",
        })
    }
}

impl Test {
    /// What libtest calls a function. `module_path!()` starts with the crate, which it leaves out.
    pub(crate) fn name(module: &str, function: &str) -> String {
        match module.split_once("::") {
            Some((_krate, modules)) => format!("{modules}::{function}"),
            None => function.to_owned(),
        }
    }

    /// A test that is made at run time.
    pub(crate) fn of_trial(
        name: String,
        sandbox: Sandbox,
        body: Box<dyn Fn() -> ExitCode + Send + Sync>,
    ) -> Self {
        Self {
            name,
            place: None,
            spec: Asked::InProgram(sandbox),
            ignore: Ignore::No,
            should_panic: ShouldPanic::No,
            timeout: None,
            leftovers: Leftovers::Kill,
            refused: Refused::Fail,
            serial: None,
            body: Body::Closure(body),
        }
    }
}

impl From<&'static Case> for Test {
    fn from(case: &'static Case) -> Self {
        Self {
            name: Self::name(case.module, case.name),
            place: Some(case.place),
            spec: Asked::InAttribute(case),
            ignore: case.ignore,
            should_panic: case.should_panic,
            timeout: case.timeout,
            leftovers: case.leftovers,
            refused: case.refused,
            serial: case.serial,
            body: Body::Function(case.body),
        }
    }
}
