//! The harness: the table of tests, as trials of libtest-mimic, to an exit code.

use std::env;
use std::process::{ExitCode, Termination};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::builder::Sandbox;
use crate::case::Ignore;
use crate::error::{Call, SetupError, Step};
use crate::launcher::{Launcher, Lifeline};
use crate::registry;
use crate::report;
use crate::sys::thread::Alone;
use crate::test::Test;
use crate::verdict::Verdict;
use crate::worker::Worker;

/// Runs the annotated tests of this binary as its command line asks, and answers with libtest's exit code: 0, or 101 when a
/// test failed or none could be run.
///
/// For those who have a `main` of their own; [`main!`](crate::main) is the short form, and [`Harness`] the one that takes tests
/// made at run time.
///
/// Call it in the first lines of `main`: it forks, which is sound only **before any thread is started**. If there are
/// threads already, it says so on stderr and answers 101 without having run anything. It exits the process itself, as
/// libtest does, for `--help` and for a command line that makes no sense.
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

/// The annotated tests of this binary, and others that are made at run time: one for each file of a directory, say.
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
    /// Only the annotated tests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a test that runs the function in a fresh sandbox of this kind. Its result counts like that of an annotated one.
    ///
    /// Two tests of one name are an error when the harness runs.
    pub fn trial<T: Termination>(
        mut self,
        name: impl Into<String>,
        sandbox: Sandbox,
        function: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        let body = Box::new(move || function().report());
        self.trials.push(Test::of_trial(name.into(), sandbox, body));
        self
    }

    /// Runs them, as [`run`] does.
    #[must_use = "the exit code says whether the tests passed"]
    pub fn run(self) -> ExitCode {
        let Some(alone) = Alone::check() else {
            return fail(report::NOT_ALONE);
        };
        let mut tests: Vec<Test> = registry::cases()
            .iter()
            .map(|case| Test::from(*case))
            .chain(self.trials)
            .collect();
        tests.sort_by(|one, other| one.name.cmp(&other.name));
        if let Some(pair) = tests.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return fail(&report::same_name(&pair[0].name));
        }
        let arguments = match arguments() {
            Ok(arguments) => arguments,
            Err(message) => return fail(message),
        };
        match Workshop::open(&alone, tests.leak(), &arguments) {
            Ok(workshop) => workshop.run(&arguments),
            Err(error) => fail(&report::no_launcher(&error)),
        }
    }
}

/// Everything that runs tests.
struct Workshop {
    tests: &'static [Test],
    capture: bool,
    /// Those that have no test at the moment: there is one for each thread of the harness.
    idle: Arc<Mutex<Vec<Worker>>>,
    _lifeline: Lifeline,
}

impl Workshop {
    /// Forks the launchers, while there is but one thread: as many as can be busy at a time.
    fn open(
        alone: &Alone,
        tests: &'static [Test],
        arguments: &Arguments,
    ) -> Result<Self, SetupError> {
        let failed = |errno| SetupError::new(Step::MakeNamespaces, Call::Pipe, errno);
        let lifeline = Lifeline::new().map_err(failed)?;
        let runnable = tests.iter().filter(|test| {
            let trial =
                Trial::test(&test.name, || Ok(())).with_ignored_flag(test.ignore != Ignore::No);
            !arguments.list && !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial)
        });
        let launchers = runnable.count().min(arguments.test_threads.unwrap_or(1));
        let idle = (0..launchers)
            .map(|_| Launcher::start(alone, tests, &lifeline).map(Worker::new))
            .collect::<Result<Vec<_>, _>>()?;
        let capture = !arguments.nocapture;
        Ok(Self {
            tests,
            capture,
            idle: Arc::new(Mutex::new(idle)),
            _lifeline: lifeline,
        })
    }

    fn run(self, arguments: &Arguments) -> ExitCode {
        let trials = (0..)
            .zip(self.tests)
            .map(|(index, test)| self.trial(index, test, arguments))
            .collect();
        let conclusion = libtest_mimic::run(arguments, trials);
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
            .for_each(Worker::stop);
        conclusion.exit_code()
    }

    fn trial(&self, index: u32, test: &'static Test, arguments: &Arguments) -> Trial {
        let (idle, capture) = (Arc::clone(&self.idle), self.capture);
        let run_ignored = arguments.ignored || arguments.include_ignored;
        match test.ignore {
            // libtest-mimic knows no reason for a test that it ignores itself: it is left to the trial, where the flag
            // is not needed for `--ignored` or `--list`.
            Ignore::Because(reason) if !run_ignored && !arguments.list => {
                Trial::ignorable_test(&test.name, move || Ok(Completion::ignored_with(reason)))
            }
            _ => Trial::ignorable_test(&test.name, move || run_one(&idle, index, test, capture))
                .with_ignored_flag(test.ignore != Ignore::No),
        }
    }
}

fn run_one(
    idle: &Mutex<Vec<Worker>>,
    index: u32,
    test: &Test,
    capture: bool,
) -> Result<Completion, Failed> {
    let take = || idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let Some(mut worker) = take() else {
        return Err("no launcher is left for this test".into());
    };
    let finished = worker.run(index, test, capture);
    idle.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(worker);
    match finished.evidence.judge(test) {
        Verdict::Passed => Ok(Completion::Completed),
        Verdict::Ignored(reason) => Ok(Completion::ignored_with(reason)),
        Verdict::Failed(ending) => Err(report::failure(&ending, &finished).into()),
    }
}

/// The command line and the variables that libtest reads besides.
fn arguments() -> Result<Arguments, &'static str> {
    let mut arguments = Arguments::from_args();
    let from_environment = || env::var("RUST_TEST_THREADS").ok()?.parse().ok();
    let threads = arguments.test_threads.or_else(from_environment);
    if threads == Some(0) {
        return Err(report::NO_THREADS);
    }
    arguments.test_threads =
        threads.or_else(|| thread::available_parallelism().ok().map(Into::into));
    arguments.nocapture |= env::var_os("RUST_TEST_NOCAPTURE").is_some_and(|value| value != "0");
    Ok(arguments)
}

#[expect(
    clippy::print_stderr,
    reason = "nothing has started yet that could print it otherwise"
)]
fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(101)
}
