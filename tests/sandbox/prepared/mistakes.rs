//! The reports of a directory that can't be prepared.

use std::path::Path;

use ns_test::Sandbox;
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::golden;

use super::CheckFunction;
use super::stage::Stage;

pub(crate) const CHECKS: &[(&str, CheckFunction)] = &[
    ("panics", |stage| report(stage, "panics_")),
    ("returns_an_error", |stage| {
        report(stage, "returns_an_error")
    }),
    ("exits_early", |stage| report(stage, "exits_early")),
    ("hangs_for_ever", |stage| report(stage, "hangs_for_ever")),
    ("leaves_a_process", |stage| {
        report(stage, "leaves_a_process")
    }),
    ("target_does_not_exist", |stage| {
        report(stage, "target_does_not_exist")
    }),
    ("a_failed_test_says_when_it_was_prepared", |stage| {
        report(stage, "fails_itself")
    }),
    ("a_full_scratch_is_named", |stage| {
        report(stage, "fills_its_scratch")
    }),
    ("two_functions_for_one_target", |stage| {
        report(stage, "two_functions_for_one_target")
    }),
    ("skips_itself", skips_itself),
    (
        "a_backtrace_ends_with_the_function",
        a_backtrace_ends_with_the_function,
    ),
    ("input_does_not_exist", input_does_not_exist),
    ("fills_the_disk", fills_the_disk),
    (
        "failure_is_reported_once_by_nextest",
        failure_is_reported_once_by_nextest,
    ),
];

/// Compares the report with its golden file; the store must be unchanged.
fn report(stage: &Stage, test: &str) -> Check {
    let transcript = stage.run(&[&format!("bad::{test}"), "--test-threads=1"]);
    transcript.verify(transcript.code == Some(101), "a failure")?;
    let file = format!("sandbox/prepared/golden/{}.txt", test.trim_end_matches('_'));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    golden::compare(&file, &without_time(&transcript.text))?;
    stage.is_tidy()
}

/// Replaces the time of a preparation with a word, and removes sizes.
fn without_time(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("` at ") {
        Some((before, after)) if after.ends_with(" UTC") => format!("{before}` at TIME"),
        // The size depends on the machine's memory.
        _ if line.contains(" MiB used ") => {
            line.replace(|letter: char| letter.is_ascii_digit(), "")
        }
        _ => line.to_owned(),
    });
    lines.fold(String::new(), |all, line| all + &line + "\n")
}

fn skips_itself(stage: &Stage) -> Check {
    let run = stage.run(&["bad::skips_itself"]);
    let ignored = run.text.contains("ignored (no postgres here)");
    run.verify(ignored && run.code == Some(0), "a reason")
}

fn a_backtrace_ends_with_the_function(stage: &Stage) -> Check {
    let mut command = stage.command(&["bad::panics_1"]);
    let run = Transcript::of(command.env("RUST_BACKTRACE", "1"));
    run.failed_with("prepared::fixtures::bad::panics\n")?;
    run.verify(!run.text.contains("ns_test::body"), "no frame of ns-test's")
}

fn input_does_not_exist(stage: &Stage) -> Check {
    let run = stage.run(&["inputs::missing"]);
    run.failed_with(
        "not/there): ENOENT (no such file or directory); given as `inputs(\"not/there\")`",
    )
}

/// Checks a full disk, which leaves nothing but the report.
fn fills_the_disk(stage: &Stage) -> Check {
    let fixture = stage.command(&["bad::fills_the_disk"]);
    let mut sandbox = Sandbox::new().pid().tmpfs_with("/mnt", 8 << 20, 0o755);
    for (key, value) in fixture.get_envs() {
        if let (Some(key), Some(value)) = (key.to_str(), value.and_then(|value| value.to_str())) {
            let value = if key == "NS_TEST_PREPARE_DIR" {
                "/mnt/store"
            } else {
                value
            };
            sandbox = sandbox.env(key, value);
        }
    }
    let script = "\"$0\" \"$@\"; code=$?; ls /mnt/store/live /mnt/store/trees/*; exit $code";
    let mut command = sandbox.command("sh");
    command
        .args(["-c", script])
        .arg(std::env::current_exe()?)
        .args(fixture.get_args().map(ToOwned::to_owned));
    let run = Transcript::from(command.output()?);
    run.failed_with("No space left on device")?;
    run.verify(!run.text.contains("draft-"), "no draft")
}

/// Checks failures under nextest, where each test is a process: the first one reports, the others
/// refer to it, and a retry prepares again.
fn failure_is_reported_once_by_nextest(stage: &Stage) -> Check {
    let run = |test: &str, id: &str, attempt: &str| {
        let mut command = stage.command(&[test]);
        command
            .env("NEXTEST_RUN_ID", id)
            .env("NEXTEST_ATTEMPT", attempt);
        Transcript::of(&mut command)
    };
    run("bad::panics_1", "one", "1").failed_with("no database here")?;
    let second = run("bad::panics_2", "one", "1");
    second.failed_with("the report of `fixtures::bad::panics_1` has its output")?;
    stage.was_called("panics", 1)?;
    run("bad::panics_2", "one", "2").failed_with("no database here")?;
    run("bad::panics_2", "two", "1").failed_with("no database here")?;
    stage.was_called("panics", 3)
}
