//! Results that must be correct whatever a test and its processes do: the same tests, with and
//! without libtest.

mod filters;
mod held;
mod leftovers;
mod pages;
mod processes;
mod strangers;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::outer::{self, Outer};
use ns_test_suite::toolchain;

fn main() -> ExitCode {
    // One by one: they share a target directory, which cargo locks, and some count existing
    // objects.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let modules = [
        strangers::checks(),
        pages::checks(),
        held::checks(),
        processes::checks(),
        filters::checks(),
        leftovers::checks(),
    ];
    fixture::run_checks(&arguments, modules.into_iter().flatten().collect())
}

/// How the annotated tests are built: the target, whether panics abort, and the name for the
/// checks.
#[derive(Clone, Copy)]
struct Build {
    name: &'static str,
    target: &'static str,
    aborts: bool,
    /// How a test that called `skip!` is listed: libtest has no such status.
    skipped: &'static str,
}

const OWN_HARNESS: Build = Build {
    name: "own_harness",
    target: "without_libtest",
    aborts: false,
    skipped: "ignored",
};

const LIBTEST: Build = Build {
    name: "libtest",
    target: "with_libtest",
    aborts: false,
    skipped: "ok",
};

const ABORTING: Build = Build {
    name: "own_harness_aborting",
    target: "without_libtest",
    aborts: true,
    skipped: "ignored",
};

const BOTH: [Build; 2] = [OWN_HARNESS, LIBTEST];

impl Build {
    /// Returns a check of this build.
    fn trial(self, name: &str, check: impl FnOnce(Self) -> Check + Send + 'static) -> Trial {
        Trial::test(format!("{name}::{}", self.name), move || check(self))
    }

    fn binary(self) -> Result<PathBuf, Failed> {
        static BUILT: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(binary) = built.get(self.name) {
            return Ok(binary.clone());
        }
        let binary = self.build()?;
        built.insert(self.name, binary.clone());
        Ok(binary)
    }

    fn build(self) -> Result<PathBuf, Failed> {
        let judged = judged()?;
        let source = format!("tests/{}.rs", self.target);
        let mut cargo = judged.cargo(["test", "--no-run", "--test", self.target]);
        if self.aborts {
            cargo.env("RUSTFLAGS", "-C panic=abort");
        }
        if self.aborts && !outer::is_built_before() {
            // The option must apply only to the target: procedural macros can't be built with it.
            cargo.args(["--target", &toolchain::host_triple()?]);
        }
        judged.built_by(&mut cargo, &source)
    }

    /// Returns its binary, with these arguments.
    fn command(self, arguments: &[&str]) -> Result<Command, Failed> {
        let mut command = Command::new(self.binary()?);
        fixture::forget_wishes(&mut command);
        let directory = judged()?.directory;
        command
            .args(arguments)
            .env("CARGO_MANIFEST_DIR", &directory)
            .current_dir(directory)
            .stdin(std::process::Stdio::null());
        Ok(command)
    }

    /// Runs one test.
    fn run(self, test: &str) -> Result<Transcript, Failed> {
        Ok(Transcript::of(
            &mut self.command(&[&format!("cases::{test}"), "--exact"])?,
        ))
    }
}

/// Returns the crate of the tests.
fn judged() -> Result<Outer, Failed> {
    Outer::write("output/verdicts/judged", env!("CARGO_TARGET_TMPDIR"))
}

/// Checks that the harness reports this for the test, and how it failed.
fn reports(run: &Transcript, test: &str, result: &str, words: &str) -> Check {
    let lines = run.text.lines();
    let line = lines
        .filter(|line| line.starts_with(&format!("test cases::{test} ")))
        .any(|line| {
            line.ends_with(&format!("... {result}")) || line.contains(&format!("... {result} ("))
        });
    run.verify(
        line && run.text.contains(words),
        &format!("`{result}` for {test}, with `{words}`"),
    )
}

/// Returns a word that only the processes of one check have in their environment.
fn mark(check: &str) -> String {
    format!("ns-test-suite-{check}-{}", std::process::id())
}
