//! A test binary with two roles: it holds the checks, and the annotated tests that the checks run
//! in a child.
//!
//! `cargo test` must not run annotated tests that are meant to fail. So they do nothing unless the
//! checks set the variable.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::host::Feature;

/// The variable that makes the binary the fixture.
pub const VARIABLE: &str = "NS_TEST_SUITE_FIXTURE";

/// The result of a check.
pub type Check = Result<(), Failed>;

/// Runs the `main` of such a binary: `run` runs the annotated tests, `checks` are the checks on
/// them.
pub fn main(run: fn() -> ExitCode, checks: impl FnOnce() -> Vec<Trial>) -> ExitCode {
    main_with(run, checks, Arguments::from_args)
}

/// Does what `main` does, for checks that must not run in parallel.
pub fn main_one_by_one(run: fn() -> ExitCode, checks: impl FnOnce() -> Vec<Trial>) -> ExitCode {
    main_with(run, checks, || Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    })
}

fn main_with(
    run: fn() -> ExitCode,
    checks: impl FnOnce() -> Vec<Trial>,
    arguments: fn() -> Arguments,
) -> ExitCode {
    if env::var_os(VARIABLE).is_some() {
        return run();
    }
    run_checks(&arguments(), checks())
}

/// Returns a check that mounts overlays. It is skipped on kernels that refuse them to a user
/// namespace.
pub fn with_overlays(
    name: impl Into<String>,
    check: impl FnOnce() -> Check + Send + 'static,
) -> Trial {
    since(Feature::OVERLAYS, name, check)
}

/// Returns a check that makes time namespaces. It is skipped on kernels without them.
pub fn with_time(name: impl Into<String>, check: impl FnOnce() -> Check + Send + 'static) -> Trial {
    since(Feature::TIME, name, check)
}

fn since(
    feature: Feature,
    name: impl Into<String>,
    check: impl FnOnce() -> Check + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match feature.lacking() {
        Some(reason) => Ok(Completion::ignored_with(reason)),
        None => check().map(|()| Completion::Completed),
    })
}

/// Runs checks, from any surroundings and within a time limit.
#[must_use]
pub fn run_checks(arguments: &Arguments, checks: Vec<Trial>) -> ExitCode {
    // A shell ignores these signals for a suite in the background, and checks that send them would
    // wait forever.
    crate::raw::stop_ignoring(&[libc::SIGINT, libc::SIGQUIT, libc::SIGHUP, libc::SIGTERM]);
    watch_for_hangs();
    libtest_mimic::run(arguments, checks).exit_code()
}

/// Ends the process and its children if a check hangs.
fn watch_for_hangs() {
    let longest = longest();
    thread::spawn(move || {
        thread::sleep(longest);
        let line = format!("a check hangs: it has not ended after {longest:?}\n");
        let _ = io::Write::write_all(&mut io::stderr(), line.as_bytes());
        crate::raw::kill_children();
        crate::raw::exit_now(101);
    });
}

/// Returns the time limit: half an hour, because the longest target takes some minutes on a slow
/// machine. Variables that prolong a target add to it: the duration of the storm, and a minute for
/// each repeated run.
fn longest() -> Duration {
    let number = |variable| env::var(variable).map_or(0, |value| value.parse().unwrap_or(0));
    Duration::from_secs(30 * 60 + number("NS_TEST_SUITE_STORM") + 60 * number("NS_TEST_SUITE_RUNS"))
}

/// Returns a command that runs this binary as a fixture with these arguments.
#[must_use]
pub fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .args(arguments)
        .env(VARIABLE, "1")
        .stdin(Stdio::null());
    forget_wishes(&mut command);
    command
}

/// Removes the variables that a user or nextest sets for the suite itself, not for its children.
pub fn forget_wishes(command: &mut Command) {
    for variable in [
        "RUST_BACKTRACE",
        "RUST_TEST_THREADS",
        "RUST_TEST_NOCAPTURE",
        "NS_TEST_TIMEOUT",
        "NS_TEST_REFUSED",
        "NEXTEST_RUN_ID",
    ] {
        command.env_remove(variable);
    }
}

/// Returns a command like `command`'s, but without privileges even if the caller has them.
#[must_use]
pub fn command_as_ordinary_user<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let plain = command(arguments);
    if !crate::host::is_real_root() {
        return plain;
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--inh-caps=-all",
    ]);
    // setpriv executes the binary: it would resolve /proc/self/exe to itself.
    command
        .arg(env::current_exe().unwrap_or_default())
        .args(plain.get_args());
    command.env(VARIABLE, "1").stdin(Stdio::null());
    command
}

/// Runs one annotated test of this binary, and collects the harness's output.
///
/// # Panics
/// If this binary can't be executed.
#[must_use]
pub fn run(test: &str) -> Transcript {
    Transcript::of(&mut command([test, "--exact", "--test-threads=1"]))
}

/// The output and exit status of a harness run.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// Both streams: stdout first.
    pub text: String,
    /// The exit code, if it exited.
    pub code: Option<i32>,
}

impl Transcript {
    /// Runs a harness.
    ///
    /// # Panics
    /// If it can't be executed.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the harness can be executed");
        Self::from(output)
    }

    /// Checks that the harness counts this many passed tests, no failed one, and exits with 0.
    ///
    /// # Errors
    /// Returns the actual output.
    pub fn passed(&self, count: usize) -> Check {
        let passed = self
            .text
            .contains(&format!("test result: ok. {count} passed; 0 failed"));
        self.verify(
            passed && self.code == Some(0),
            &format!("{count} passed tests"),
        )
    }

    /// Checks that the test failed, and that the report contains these words.
    ///
    /// # Errors
    /// Returns the actual output.
    pub fn failed_with(&self, words: &str) -> Check {
        let failed = self
            .text
            .contains("test result: FAILED. 0 passed; 1 failed");
        self.verify(
            failed && self.code == Some(101) && self.text.contains(words),
            &format!("a failure with `{words}`"),
        )
    }

    /// Fails with the output unless `held`.
    ///
    /// # Errors
    /// Returns the output.
    pub fn verify(&self, held: bool, wanted: &str) -> Check {
        if held {
            Ok(())
        } else {
            Err(format!(
                "wanted {wanted}, got exit code {:?} and:\n{}",
                self.code, self.text
            )
            .into())
        }
    }
}

impl From<Output> for Transcript {
    fn from(output: Output) -> Self {
        let text = [output.stdout, output.stderr].concat();
        Self {
            text: String::from_utf8_lossy(&text).into_owned(),
            code: output.status.code(),
        }
    }
}

/// Polls the condition for up to a minute: emulated machines are slow.
pub fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) {
        if is_so() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    is_so()
}

/// A child that is killed when the check ends, for any reason.
#[derive(Debug)]
pub struct Kept(pub Child);

impl Kept {
    /// Starts the child.
    ///
    /// # Errors
    /// If it can't be executed.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
