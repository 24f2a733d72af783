//! A test as the harness works with it, whether an attribute or a program made it.

use std::borrow::Cow;
use std::fmt;
use std::hint;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::Sandbox;
use super::case::{Case, Ignore, Leftovers, Refused, ShouldPanic};
use super::manifest_dir;
use super::spec::Spec;

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
    ByProgram {
        sandbox: Sandbox,
        body: Box<dyn Fn() -> ExitCode + Send + Sync>,
    },
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
            name: name.into(),
            made: Made::ByProgram { sandbox, body },
        }
    }

    /// A test with the same name and sandbox and nothing else: what a preparation is to the harness.
    pub(crate) fn stand_in(&self) -> Self {
        let sandbox = Sandbox {
            spec: Arc::new(self.spec().clone()),
            base: self.base().into(),
        };
        Self::of_trial(
            self.name.clone().into_owned(),
            sandbox,
            Box::new(|| ExitCode::FAILURE),
        )
    }

    pub(crate) fn spec(&self) -> &Spec {
        match &self.made {
            Made::ByAttribute(case) => &case.spec,
            Made::ByProgram { sandbox, .. } => &sandbox.spec,
        }
    }

    /// Where relative paths of the spec start.
    pub(crate) fn base(&self) -> Cow<'_, Path> {
        match &self.made {
            Made::ByAttribute(case) => manifest_dir::directory(case.manifest_dir).into(),
            Made::ByProgram { sandbox, .. } => Cow::Borrowed(&sandbox.base),
        }
    }

    /// Where it stands in the sources. `None`: it was made at run time.
    pub(crate) fn place(&self) -> Option<&'static str> {
        self.case().map(|case| case.place)
    }

    pub(crate) fn ignore(&self) -> Ignore {
        self.case().map_or(Ignore::No, |case| case.ignore)
    }

    pub(crate) fn should_panic(&self) -> ShouldPanic {
        self.case()
            .map_or(ShouldPanic::No, |case| case.should_panic)
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.case().and_then(|case| case.timeout)
    }

    pub(crate) fn leftovers(&self) -> Leftovers {
        self.case().map_or(Leftovers::Kill, |case| case.leftovers)
    }

    pub(crate) fn refused(&self) -> Refused {
        self.case().map_or(Refused::Fail, |case| case.refused)
    }

    pub(crate) fn serial(&self) -> Option<&'static str> {
        self.case().and_then(|case| case.serial)
    }

    /// What it does.
    pub(crate) fn call(&self) -> ExitCode {
        match &self.made {
            Made::ByAttribute(case) => __rust_begin_short_backtrace(case.body),
            Made::ByProgram { body, .. } => __rust_begin_short_backtrace(body),
        }
    }

    fn case(&self) -> Option<&'static Case> {
        match self.made {
            Made::ByAttribute(case) => Some(case),
            Made::ByProgram { .. } => None,
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
            Self::ByProgram { sandbox, .. } => sandbox.fmt(out),
        }
    }
}

/// Marks where the test begins: std's short backtraces leave out all above a function of this name.
#[inline(never)]
fn __rust_begin_short_backtrace(function: impl FnOnce() -> ExitCode) -> ExitCode {
    // Keeps the call from becoming a jump, which would take this frame off the stack.
    hint::black_box(function())
}
