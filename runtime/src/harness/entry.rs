//! The entry points of the harness: they run the table of tests and return an exit code.

use std::process::{ExitCode, Termination};

use crate::report;
use crate::request::test::Test;
use crate::request::{Sandbox, Trial};

use super::args::Invocation;
use super::exit::{fail, show};
#[cfg(target_os = "linux")]
use super::linux;
use super::unsupported;

/// Runs the annotated tests of this binary that its command line selects. Returns libtest's exit
/// code: 0, or 101 if a test failed or no test could run.
///
/// Use it in a `main` of your own. [`main!`](crate::main) is the short form, and [`Harness`] also
/// accepts tests made at run time.
///
/// Call it in the first lines of `main`: it forks, which is sound only **before any thread is
/// started**. If there are threads already, it reports that on stderr and returns 101 without
/// running a test. Like libtest, it exits the process for `--help` and for an invalid command line.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     println!("a word before the tests");
///     ns_test::run()
/// }
/// ```
#[must_use = "the exit code says whether the tests passed"]
pub fn run() -> ExitCode {
    Harness::new().run()
}

/// Does what [`run`] does, for `main!`. It is not public API.
pub fn run_from_main_macro() -> ExitCode {
    #[cfg(target_os = "linux")]
    if !cfg!(miri) {
        linux::execute_again_without_threads();
    }
    run()
}

/// Prints what this machine supports, with cause and remedy for what it refuses: the table of
/// `NS_TEST_DOCTOR=1`. Prints to stdout. The exit code is always 0.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     ns_test::doctor()
/// }
/// ```
pub fn doctor() -> ExitCode {
    #[cfg(target_os = "linux")]
    if !cfg!(miri) {
        return linux::doctor();
    }
    show(report::NO_NAMESPACES)
}

/// The annotated tests of this binary, plus tests made at run time: one for each file of a
/// directory, for example.
///
/// ```no_run
/// use ns_test::{Harness, Sandbox};
///
/// fn main() -> std::process::ExitCode {
///     let mut harness = Harness::new();
///     for port in [53, 80, 443] {
///         let bind = move || std::net::TcpListener::bind(("127.0.0.1", port)).map(drop);
///         harness = harness.trial(format!("binds::{port}"), Sandbox::new().net(), bind);
///     }
///     harness.run()
/// }
/// ```
#[derive(Debug, Default)]
#[must_use = "the tests run when `run` is called"]
pub struct Harness {
    trials: Vec<Test>,
}

impl Harness {
    /// Returns a harness with only the annotated tests. Add more with [`trial`](Self::trial) and
    /// [`with`](Self::with).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a test that runs the function in a fresh sandbox of this kind: a [`Trial`] without
    /// options.
    ///
    /// Two tests with the same name are an error when the harness runs.
    pub fn trial<T: Termination>(
        self,
        name: impl Into<String>,
        sandbox: Sandbox,
        function: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        self.with(Trial::new(name, sandbox, function))
    }

    /// Adds a test with options: a timeout, a reason to ignore it, an expected panic, a serial key.
    pub fn with(mut self, trial: Trial) -> Self {
        self.trials.push(trial.into());
        self
    }

    /// Runs all tests, as [`run`] does.
    #[must_use = "the exit code says whether the tests passed"]
    pub fn run(self) -> ExitCode {
        let invocation = match Invocation::of_this_process() {
            Ok(invocation) => invocation,
            Err(mistake) => return fail(&report::usage_mistake(&mistake)),
        };
        if invocation.help {
            return show(&report::help());
        }
        if invocation.doctor && !invocation.arguments.list {
            return doctor();
        }
        #[cfg(target_os = "linux")]
        if !cfg!(miri) {
            return linux::run(self.trials, invocation);
        }
        unsupported::run(&self.trials, invocation)
    }
}
