//! Every way a test can end, and the words for it: one annotated test an ending, compared with its golden transcript.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::zombie_processes,
    reason = "what the fixtures are for"
)]

mod fixtures;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::golden;

fn main() -> ExitCode {
    fixture::main(ns_test::run, checks)
}

/// The endings whose whole transcript is held by `golden/NAME.txt`, and the exit code that the harness has.
const ENDINGS: &[(&str, i32)] = &[
    ("returns", 0),
    ("returns_noisily", 0),
    ("is_ignored", 0),
    ("is_ignored_with_a_reason", 0),
    ("panics", 101),
    ("panics_in_a_thread_and_returns", 0),
    ("panics_with_a_number", 101),
    ("panics_with_stderr_closed", 101),
    ("returns_an_error", 101),
    ("returns_an_exit_code", 101),
    ("exits_with_0", 101),
    ("exits_with_3", 101),
    ("exits_at_once_with_0", 101),
    ("executes_another_program", 101),
    ("exits_badly_after_returning", 101),
    ("segfaults", 101),
    ("aborts", 101),
    ("kills_itself", 101),
    ("terminates_itself", 101),
    ("overflows_its_stack", 101),
    ("loops", 101),
    ("loops_without_pid", 101),
    ("writes_no_text", 101),
    ("mixes_its_streams", 101),
    ("leaves_a_daemon", 101),
    ("leaves_a_daemon_without_pid", 101),
    ("fails_and_leaves_a_daemon", 101),
    ("should_panic_and_does", 0),
    ("should_panic_and_does_not", 101),
    ("should_panic_otherwise", 101),
    ("should_panic_and_is_killed", 101),
    ("bind_source_is_missing", 101),
    ("mount_point_is_missing", 101),
    ("tmpfs_on_a_file", 101),
    ("overlay_on_a_directory_the_kernel_refuses", 101),
    ("clock_below_zero", 101),
    ("sysctl_that_is_not_there", 101),
    ("directory_that_is_not_there", 101),
];

fn checks() -> Vec<Trial> {
    let endings = ENDINGS
        .iter()
        .map(|(name, code)| Trial::test(*name, move || has_its_words(name, *code)));
    let others = [
        Trial::test("backtrace_ends_at_the_test", backtrace_ends_at_the_test),
        Trial::test("double_panic", double_panic),
        Trial::test("flood_is_cut", flood_is_cut),
        Trial::test("nocapture_passes_through", nocapture_passes_through),
        Trial::test("list", list),
        Trial::test("no_threads_is_an_error", no_threads_is_an_error),
        Trial::test("every_fixture_is_checked", every_fixture_is_checked),
    ];
    endings.chain(others).collect()
}

fn has_its_words(name: &str, code: i32) -> Check {
    let transcript = fixture::run(&format!("fixtures::{name}"));
    transcript.verify(transcript.code == Some(code), &format!("exit code {code}"))?;
    golden::compare(&file(name), &transcript.text)
}

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("endings/golden/{name}.txt"))
}

fn backtrace_ends_at_the_test() -> Check {
    let mut command = fixture::command(["fixtures::panics", "--exact"]);
    let transcript = Transcript::of(command.env("RUST_BACKTRACE", "1"));
    transcript.failed_with("stack backtrace:")?;
    transcript.failed_with("fixtures::panics")?;
    transcript.verify(
        !transcript.text.contains("ns_test::init"),
        "no frames of the sandbox",
    )
}

/// std prints a backtrace of its own accord, which no golden file could hold.
fn double_panic() -> Check {
    let transcript = fixture::run("fixtures::panics_while_panicking");
    for words in [
        "\nthe first\n",
        "\nthe second\n",
        "the test's process was killed by SIGABRT (abort)",
    ] {
        transcript.failed_with(words)?;
    }
    Ok(())
}

fn flood_is_cut() -> Check {
    let transcript = fixture::run("fixtures::floods");
    for words in [
        " bytes left out ..]\n",
        "---- fixtures::floods ----\nxxx",
        "\nafter 4 MiB\n",
    ] {
        transcript.failed_with(words)?;
    }
    transcript.verify(transcript.text.len() < 1 << 20, "less than was written")
}

fn nocapture_passes_through() -> Check {
    let output =
        fixture::command(["fixtures::returns_noisily", "--exact", "--nocapture"]).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let through = stdout.contains("to stdout\n") && stderr == "to stderr\n";
    Transcript::from(output).verify(through, "each stream where it belongs")
}

fn list() -> Check {
    let transcript = Transcript::of(&mut fixture::command(["--list", "--format", "terse"]));
    golden::compare(&file("list"), &transcript.text)
}

fn no_threads_is_an_error() -> Check {
    let transcript = Transcript::of(&mut fixture::command(["--test-threads=0"]));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    golden::compare(&file("no_threads"), &transcript.text)
}

fn every_fixture_is_checked() -> Check {
    let listed = Transcript::of(&mut fixture::command(["--list", "--format", "terse"])).text;
    let names = listed
        .lines()
        .filter_map(|line| line.strip_prefix("fixtures::")?.strip_suffix(": test"));
    let others = ["floods", "panics_while_panicking"];
    let is_checked =
        |name: &str| others.contains(&name) || ENDINGS.iter().any(|(checked, _)| *checked == name);
    let forgotten: Vec<&str> = names.filter(|name| !is_checked(name)).collect();
    if forgotten.is_empty() {
        Ok(())
    } else {
        Err(format!("no golden file for {forgotten:?}").into())
    }
}
