//! The notes of a run without a test to attach them to. This binary has no annotated function: its
//! tests are trials.

mod limits;

use std::env;
use std::fs::File;
use std::os::fd::AsFd as _;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test::{Harness, Sandbox};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::{host, raw};

/// The trials of the fixture.
const TRIALS: &str = "NS_TEST_SUITE_TRIALS";

fn main() -> ExitCode {
    if env::var_os(fixture::VARIABLE).is_some() {
        return fixture_with(&env::var(TRIALS).unwrap_or_default());
    }
    let mut trials = vec![
        Trial::test("a_binary_without_a_test", a_binary_without_a_test),
        Trial::test("a_filter_that_leaves_none", a_filter_that_leaves_none),
        Trial::test("streams_of_the_caller_stay_blocking", streams_stay_blocking),
        Trial::ignorable_test("helpers_without_rights_are_named", helpers_without_rights),
    ];
    trials.extend(limits::checks());
    fixture::run_checks(&Arguments::from_args(), trials)
}

fn fixture_with(trials: &str) -> ExitCode {
    let harness = Harness::new();
    let any = || Sandbox::new().user();
    match trials {
        "streams" => harness.trial("streams", any(), || {
            raw::set_nonblocking(std::io::stdout().as_fd()).expect("it is open");
        }),
        "ids" => harness.trial("ids", any().user_range(0, 100_000, 10), || {}),
        other => limits::fixture(harness, other),
    }
    .run()
}

/// Runs the fixture with these trials.
fn command(trials: &str) -> Command {
    let mut command = fixture::command(["--test-threads=1"]);
    command.env(TRIALS, trials);
    command
}

fn a_binary_without_a_test() -> Check {
    let transcript = Transcript::of(&mut command(""));
    transcript.passed(0)?;
    transcript.verify(
        transcript.text.contains("warning: this binary has no test"),
        "a warning",
    )?;
    // Programs parse a list, so it must contain no note.
    let list = Transcript::of(command("").args(["--list", "--format=terse"]));
    list.verify(list.text.is_empty(), "an empty list")
}

fn a_filter_that_leaves_none() -> Check {
    let transcript = Transcript::of(command("limits").arg("no_such_test"));
    transcript.passed(0)?;
    transcript.verify(!transcript.text.contains("warning"), "no warning")
}

/// Checks that stdout and stderr stay blocking. The flag belongs to the open file, which the caller
/// shares.
fn streams_stay_blocking() -> Check {
    let null = File::options().write(true).open("/dev/null")?;
    let status = command("streams")
        .arg("--nocapture")
        .stdout(null.try_clone()?)
        .status()?;
    assert!(status.success());
    assert!(!raw::is_nonblocking(null.as_fd())?);
    Ok(())
}

/// Checks newuidmap, a setuid program, where it gains no privileges: under `no_new_privs`, and with
/// an empty bounding set.
fn helpers_without_rights() -> Result<Completion, Failed> {
    if !host::has_program("newuidmap") {
        return Ok(Completion::ignored_with("newuidmap is not installed"));
    }
    let run = |means: &str| {
        let plain = command("ids");
        let mut words = vec!["setpriv", means];
        if host::is_real_root() {
            words.extend([
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--inh-caps=-all",
            ]);
        }
        let mut limited = Command::new(words[0]);
        limited
            .args(&words[1..])
            .arg(env::current_exe().unwrap_or_default())
            .args(plain.get_args())
            .env(fixture::VARIABLE, "1")
            .env(TRIALS, "ids");
        Transcript::of(&mut limited)
    };
    run("--nnp").failed_with("no_new_privs is set")?;
    if host::is_real_root() {
        run("--bounding-set=-setuid,-setgid").failed_with("the capability bounding set lacks")?;
    }
    Ok(Completion::Completed)
}
