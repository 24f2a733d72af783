//! The harness: the table of tests, as trials of libtest-mimic, to an exit code.

mod arguments;
mod duration;
mod libtest;
mod refused;
mod unheard;
mod workshop;

use std::process::{ExitCode, Termination};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::builder::Sandbox;
use crate::probe;
use crate::registry;
use crate::report;
use crate::sys::thread::Alone;
use crate::test::Test;

use arguments::Request;
pub use libtest::libtest_entry;
use workshop::Workshop;

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

/// Shows what this machine can do for tests, with cause and cure where it can't: the table of `NS_TEST_DOCTOR=1`. It goes to stdout,
/// and the exit code is 0 whatever it says.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     ns_test::doctor()
/// }
/// ```
pub fn doctor() -> ExitCode {
    show(&report::doctor(&probe::examine()))
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
    /// Only the annotated tests, until trials are added.
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
        let request = match Request::of_this_process() {
            Ok(request) => request,
            Err(mistake) => return fail(&report::usage_mistake(&mistake)),
        };
        if request.help {
            return show(&report::help());
        }
        if request.doctor && !request.arguments.list {
            return doctor();
        }
        let mut tests = table(self.trials);
        if let Some(name) = twice(&tests) {
            return fail(&report::same_name(name));
        }
        if let Some(seed) = request.shuffle {
            shuffle(&mut tests, seed);
        }
        if !request.arguments.list {
            warn_of_profiles();
        }
        match Workshop::open(&alone, Test::share(tests), request) {
            Ok(workshop) => workshop.run(),
            Err(error) => fail(&report::no_launcher(&error)),
        }
    }
}

/// The annotated tests and these, by name.
fn table(trials: Vec<Test>) -> Vec<Test> {
    let annotated = registry::cases().iter().map(|case| Test::from(*case));
    let mut tests: Vec<Test> = annotated.chain(trials).collect();
    tests.sort_by(|one, other| one.name.cmp(&other.name));
    tests
}

/// A name that two tests have.
fn twice(tests: &[Test]) -> Option<&str> {
    let pair = tests.windows(2).find(|pair| pair[0].name == pair[1].name)?;
    Some(&pair[0].name)
}

/// The pattern of the profile's name is read when a program starts: what the processes of tests write has the harness's name, and
/// the merge pool of `%m` is what LLVM's runtime locks.
fn warn_of_profiles() {
    let merges = |pattern: &str| {
        let mut rests = pattern.split('%').skip(1);
        rests.any(|rest| {
            rest.trim_start_matches(|letter: char| letter.is_ascii_digit())
                .starts_with('m')
        })
    };
    if std::env::var("LLVM_PROFILE_FILE").is_ok_and(|pattern| !merges(&pattern)) {
        report::print_error(report::PROFILES_COLLIDE);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An order that depends on the seed alone: the linear congruence of Knuth's MMIX, and Fisher's and Yates's shuffle.
fn shuffle(tests: &mut [Test], seed: u64) {
    let mut state = seed;
    for last in (1..tests.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are the better ones.
        let place = usize::try_from(state >> 33).unwrap_or(0) % (last + 1);
        tests.swap(last, place);
    }
}

fn show(text: &str) -> ExitCode {
    report::print(text);
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    report::print_error(message);
    ExitCode::from(101)
}
