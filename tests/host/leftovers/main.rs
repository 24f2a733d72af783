//! What is left on the host: after every kind of end of a test, and after a kill of the harness.

#![expect(
    clippy::print_stdout,
    clippy::zombie_processes,
    reason = "what the fixtures are for"
)]

mod fixtures;
mod killed;
mod load;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use std::{env, fs};

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::host;

fn main() -> ExitCode {
    // One at a time: they count existing objects.
    fixture::main_one_by_one(fixtures::main, checks)
}

type CheckFunction = fn() -> Check;

/// The checks without parameters.
const CHECKS: &[(&str, CheckFunction)] = &[
    (
        "holders_of_stdout_do_not_delay",
        holders_of_stdout_do_not_delay,
    ),
    ("tmpdir_follows_tmp", tmpdir_follows_tmp),
    ("host_names_stay", host_names_stay),
    ("mounts_stay", mounts_stay),
    (
        "threads_before_run_are_an_error",
        threads_before_run_are_an_error,
    ),
    ("same_names_are_an_error", same_names_are_an_error),
    ("strange_names_are_an_error", strange_names_are_an_error),
    ("closed_stdio_is_no_obstacle", closed_stdio_is_no_obstacle),
    (
        "trials_run_beside_annotated_tests",
        trials_run_beside_annotated_tests,
    ),
];

/// Tests that leave a process, each in its own way.
const DAEMONS: &[&str] = &[
    "daemonize_with_pid",
    "daemonize_without_pid",
    "double_fork_without_pid",
];

fn checks() -> Vec<Trial> {
    let checks = CHECKS.iter().map(|(name, check)| Trial::test(*name, check));
    let daemons = DAEMONS.iter().map(|test| {
        Trial::test(format!("dies_with_its_test::{test}"), || {
            dies_with_its_test(test)
        })
    });
    let modules = [load::checks(), killed::checks()];
    let overlays = fixture::with_overlays("overlaid_directories_stay", overlaid_directories_stay);
    checks
        .chain([overlays])
        .chain(daemons)
        .chain(modules.into_iter().flatten())
        .collect()
}

/// Returns a word that only the processes of one check have in their environment.
fn mark(check: &str) -> String {
    format!("ns-test-suite-{check}-{}", std::process::id())
}

fn marked(mark: &str, arguments: &[&str]) -> Command {
    let mut command = fixture::command(arguments);
    command.env("NS_TEST_SUITE_MARK", mark);
    command
}

fn dies_with_its_test(test: &str) -> Check {
    let mark = mark(test);
    Transcript::of(&mut marked(
        &mark,
        &[&format!("fixtures::{test}"), "--exact"],
    ))
    .passed(1)?;
    // Checked at once: when a test ends, its processes are gone.
    let left = host::processes_with(&mark);
    assert!(left.is_empty(), "{left:?} are left");
    Ok(())
}

fn holders_of_stdout_do_not_delay() -> Check {
    let begin = Instant::now();
    for test in ["daemonize_with_pid", "daemonize_without_pid"] {
        Transcript::of(&mut fixture::command([
            &format!("fixtures::{test}"),
            "--exact",
        ]))
        .passed(1)?;
    }
    // They would sleep for ten minutes.
    assert!(begin.elapsed() < Duration::from_secs(60));
    Ok(())
}

/// Checks that temporary files are in the test's private /tmp, whatever the caller's `TMPDIR` is.
fn tmpdir_follows_tmp() -> Check {
    let mut command = fixture::command(["fixtures::makes_temporary_files"]);
    Transcript::of(command.env("TMPDIR", "/var/tmp")).passed(2)
}

fn host_names_stay() -> Check {
    let read = || fs::read_to_string("/proc/sys/kernel/hostname");
    let before = read()?;
    Transcript::of(&mut fixture::command([
        "fixtures::rename_the_host",
        "--exact",
    ]))
    .passed(1)?;
    assert_eq!(read()?, before);
    Ok(())
}

fn mounts_stay() -> Check {
    let before = host::mounts();
    Transcript::of(&mut fixture::command([
        "fixtures::mount_everywhere",
        "--exact",
    ]))
    .passed(1)?;
    assert_eq!(host::mounts(), before);
    Ok(())
}

fn overlaid_directories_stay() -> Check {
    Transcript::of(&mut fixture::command(["fixtures::write_to_usr", "--exact"])).passed(1)?;
    assert!(!Path::new("/usr/ns-test-outside").exists());
    Ok(())
}

fn threads_before_run_are_an_error() -> Check {
    let mut command = fixture::command(["fixtures::mount_everywhere"]);
    let transcript = Transcript::of(command.env("NS_TEST_SUITE_MAIN", "thread"));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    transcript.verify(transcript.text.contains("another thread"), "the reason")
}

fn same_names_are_an_error() -> Check {
    let transcript =
        Transcript::of(fixture::command(["--list"]).env("NS_TEST_SUITE_MAIN", "twice"));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    transcript.verify(
        transcript.text.contains("two tests have the name `trial`"),
        "the name",
    )
}

fn strange_names_are_an_error() -> Check {
    for name in ["", "one NUL two", "one LINE test two ... ok"] {
        let mut command = fixture::command(["--list"]);
        command
            .env("NS_TEST_SUITE_MAIN", "name")
            .env("NS_TEST_SUITE_NAME", name);
        let transcript = Transcript::of(&mut command);
        transcript.verify(transcript.code == Some(101), "exit code 101")?;
        transcript.verify(
            transcript.text.contains("can't be the name of a test"),
            "the reason",
        )?;
    }
    Ok(())
}

fn closed_stdio_is_no_obstacle() -> Check {
    let exe = env::current_exe()?;
    let script = "exec \"$0\" fixtures::rename_the_host --exact <&- 2>&-";
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(exe)
        .env(fixture::VARIABLE, "1");
    Transcript::of(&mut command).passed(1)
}

fn trials_run_beside_annotated_tests() -> Check {
    let mut command = fixture::command(["rename_the_host", "--test-threads=2"]);
    Transcript::of(command.env("NS_TEST_SUITE_MAIN", "trials")).passed(3)
}
