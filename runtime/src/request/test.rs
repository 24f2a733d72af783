//! A test as the harness sees it, whether an attribute or a program made it.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::Sandbox;
use super::case::{self, Body, Case, Ignore, Leftovers, Options, Refused, ShouldPanic};
use super::manifest_dir;
use super::short_backtrace;
use super::spec::Spec;
use super::trial::Trial;

/// One test of the binary. It is small because there may be thousands. The attribute's data stays
/// in the binary's constant data.
#[derive(Debug)]
pub(crate) struct Test {
    /// The name that libtest uses: the path of the function without the crate.
    pub(crate) name: Cow<'static, str>,
    made: Made,
}

/// The origin of a test.
enum Made {
    ByAttribute(&'static Case),
    ByProgram(Box<Program>),
}

/// What is left of a trial apart from its name. It is small because there may be thousands.
struct Program {
    sandbox: Sandbox,
    body: Box<dyn Fn() -> ExitCode + Send + Sync>,
    /// `None`: they are the default.
    options: Option<Box<Options>>,
}

impl AsRef<str> for Test {
    fn as_ref(&self) -> &str {
        &self.name
    }
}

impl Test {
    /// Returns libtest's name of a function, which leaves out the crate.
    pub(crate) fn name(module: &str, function: &str) -> String {
        case::without_crate(&format!("{module}::{function}")).to_owned()
    }

    /// Returns a test with only the same name and sandbox, by which the harness runs a preparation.
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
            Made::ByAttribute(case) => case.spec,
            Made::ByProgram(program) => &program.sandbox.spec,
        }
    }

    /// Returns the directory where relative paths of the spec start.
    pub(crate) fn base(&self) -> Cow<'_, Path> {
        match &self.made {
            Made::ByAttribute(case) => manifest_dir::directory(case.manifest_dir).into(),
            Made::ByProgram(program) => Cow::Borrowed(&program.sandbox.base),
        }
    }

    /// Returns file, line and column of its attribute. `None`: it was made at run time.
    pub(crate) fn place(&self) -> Option<(&'static str, u32, u32)> {
        let case = self.case()?;
        Some((case.file, case.line, case.column))
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

    pub(crate) fn serial(&self) -> Option<&str> {
        self.options().serial.as_deref()
    }

    fn options(&self) -> &Options {
        match &self.made {
            Made::ByAttribute(case) => case.options,
            Made::ByProgram(program) => program.options.as_deref().unwrap_or(&case::DEFAULT),
        }
    }

    /// Calls the test's function.
    pub(crate) fn call(&self) -> ExitCode {
        match &self.made {
            Made::ByAttribute(case) => match case.body {
                Body::Unit(body) => {
                    short_backtrace::call(body);
                    ExitCode::SUCCESS
                }
                Body::Reported(body) => short_backtrace::call(body),
            },
            Made::ByProgram(program) => short_backtrace::call(&program.body),
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
    fn from(trial: Trial) -> Self {
        let Trial {
            name,
            sandbox,
            body,
            options,
        } = trial;
        let options = (options != Options::DEFAULT).then(|| Box::new(options));
        Self {
            name: name.into(),
            made: Made::ByProgram(Box::new(Program {
                sandbox,
                body,
                options,
            })),
        }
    }
}

impl From<&'static Case> for Test {
    fn from(case: &'static Case) -> Self {
        Self {
            name: case.name().into(),
            made: Made::ByAttribute(case),
        }
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByAttribute(case) => case.fmt(out),
            Self::ByProgram(program) => out
                .debug_struct("Program")
                .field("sandbox", &program.sandbox)
                .field("options", &program.options)
                .finish_non_exhaustive(),
        }
    }
}
