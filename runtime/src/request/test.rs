//! A test as the harness works with it, whether an attribute or a program made it.

use std::borrow::Cow;
use std::fmt;
use std::hint;
use std::mem;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::Sandbox;
use super::case::{Case, Ignore, Leftovers, Refused, ShouldPanic};
use super::manifest_dir;
use super::spec::Spec;
use super::trial::{Options, Trial};

/// One test of the binary. There may be thousands: it is small, and what an attribute says stays where the attribute has put it.
#[derive(Debug)]
pub(crate) struct Test {
    /// As libtest names it: the path of the function without the crate.
    pub(crate) name: Cow<'static, str>,
    made: Made,
}

/// By whom.
enum Made {
    ByAttribute(&'static Case),
    ByProgram(Box<Trial>),
}

impl Test {
    /// What libtest calls a function. `module_path!()` starts with the crate, which it leaves out.
    pub(crate) fn name(module: &str, function: &str) -> String {
        match module.split_once("::") {
            Some((_krate, modules)) => format!("{modules}::{function}"),
            None => function.to_owned(),
        }
    }

    /// A test with the same name and sandbox and nothing else: what a preparation is to the harness.
    pub(crate) fn stand_in(&self) -> Self {
        let sandbox = Sandbox {
            spec: Arc::new(self.spec().clone()),
            base: self.base().into(),
        };
        let name = self.name.clone().into_owned();
        Trial::new(name, sandbox, || ExitCode::FAILURE).into()
    }

    pub(crate) fn spec(&self) -> &Spec {
        match &self.made {
            Made::ByAttribute(case) => &case.spec,
            Made::ByProgram(trial) => &trial.sandbox.spec,
        }
    }

    /// Where relative paths of the spec start.
    pub(crate) fn base(&self) -> Cow<'_, Path> {
        match &self.made {
            Made::ByAttribute(case) => manifest_dir::directory(case.manifest_dir).into(),
            Made::ByProgram(trial) => Cow::Borrowed(&trial.sandbox.base),
        }
    }

    /// Where it stands in the sources. `None`: it was made at run time.
    pub(crate) fn place(&self) -> Option<&'static str> {
        self.case().map(|case| case.place)
    }

    pub(crate) fn ignore(&self) -> Ignore {
        self.options().ignore
    }

    pub(crate) fn should_panic(&self) -> ShouldPanic {
        self.options().should_panic
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.options().timeout
    }

    pub(crate) fn leftovers(&self) -> Leftovers {
        self.options().leftovers
    }

    pub(crate) fn refused(&self) -> Refused {
        self.options().refused
    }

    pub(crate) fn serial(&self) -> Option<&'static str> {
        self.options().serial
    }

    fn options(&self) -> Options {
        match &self.made {
            Made::ByAttribute(case) => Options {
                ignore: case.ignore,
                should_panic: case.should_panic,
                timeout: case.timeout,
                leftovers: case.leftovers,
                refused: case.refused,
                serial: case.serial,
            },
            Made::ByProgram(trial) => trial.options,
        }
    }

    /// What it does.
    pub(crate) fn call(&self) -> ExitCode {
        match &self.made {
            Made::ByAttribute(case) => __rust_begin_short_backtrace(case.body),
            Made::ByProgram(trial) => __rust_begin_short_backtrace(&trial.body),
        }
    }

    fn case(&self) -> Option<&'static Case> {
        match self.made {
            Made::ByAttribute(case) => Some(case),
            Made::ByProgram(_) => None,
        }
    }
}

impl From<Trial> for Test {
    fn from(mut trial: Trial) -> Self {
        Self {
            name: mem::take(&mut trial.name).into(),
            made: Made::ByProgram(Box::new(trial)),
        }
    }
}

impl From<&'static Case> for Test {
    fn from(case: &'static Case) -> Self {
        Self {
            name: Self::name(case.module, case.name).into(),
            made: Made::ByAttribute(case),
        }
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByAttribute(case) => case.fmt(out),
            Self::ByProgram(trial) => trial.fmt(out),
        }
    }
}

/// Marks where the test begins: std's short backtraces leave out all above a function of this name.
#[inline(never)]
fn __rust_begin_short_backtrace(function: impl FnOnce() -> ExitCode) -> ExitCode {
    // Keeps the call from becoming a jump, which would take this frame off the stack.
    hint::black_box(function())
}
