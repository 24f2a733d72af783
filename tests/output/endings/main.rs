//! Every way a test can end, and its message: one annotated test per ending, compared with its
//! golden transcript.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::zombie_processes,
    reason = "what the fixtures are for"
)]

mod beyond;
mod command_line;
mod fixtures;
mod keep;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Completion, Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::golden;
use ns_test_suite::host::Feature;

fn main() -> ExitCode {
    fixture::main(ns_test::run, checks)
}

/// The endings whose whole transcript is in `golden/NAME.txt`, the harness's exit code, and the
/// feature that the kernel must have.
const ENDINGS: &[(&str, i32, Option<Feature>)] = &[
    ("returns", 0, None),
    ("returns_noisily", 0, None),
    ("is_ignored", 0, None),
    ("is_ignored_with_a_reason", 0, None),
    ("skips_itself", 0, None),
    ("skips_itself_and_exits_badly", 101, None),
    ("panics", 101, None),
    ("panics_in_a_thread_and_returns", 0, None),
    ("panics_with_a_number", 101, None),
    ("panics_with_stderr_closed", 101, None),
    ("returns_an_error", 101, None),
    ("returns_an_exit_code", 101, None),
    ("exits_with_0", 101, None),
    ("exits_with_3", 101, None),
    ("exits_at_once_with_0", 101, None),
    ("executes_another_program", 101, None),
    ("exits_badly_after_returning", 101, None),
    ("panics_and_prints_at_exit", 101, None),
    ("returns_while_a_thread_has_stdout", 0, None),
    ("segfaults", 101, None),
    ("aborts", 101, None),
    ("kills_itself", 101, None),
    ("terminates_itself", 101, None),
    ("reads_behind_the_end_of_a_file", 101, None),
    ("makes_a_forbidden_call", 101, None),
    ("overflows_its_stack", 101, None),
    ("loops", 101, None),
    ("loops_without_pid", 101, None),
    ("writes_no_text", 101, None),
    ("mixes_its_streams", 101, None),
    ("runs_out_of_its_memory_limit", 101, None),
    ("damages_its_report", 101, None),
    ("loses_its_service", 101, None),
    ("has_a_service_that_ends_early", 101, None),
    ("has_a_service_that_is_never_ready", 101, None),
    ("has_no_such_service", 101, None),
    ("leaves_a_daemon", 101, None),
    ("leaves_a_daemon_without_pid", 101, None),
    ("fails_and_leaves_a_daemon", 101, None),
    ("should_panic_and_does", 0, None),
    ("should_panic_and_does_not", 101, None),
    ("should_panic_otherwise", 101, None),
    ("should_panic_and_is_killed", 101, None),
    ("bind_source_is_missing", 101, None),
    ("mount_point_is_missing", 101, None),
    ("tmpfs_on_a_file", 101, None),
    (
        "overlay_on_a_directory_the_kernel_refuses",
        101,
        Some(Feature::OVERLAYS),
    ),
    ("overlay_of_a_file", 101, Some(Feature::OVERLAYS)),
    (
        "overlay_of_what_can_be_no_layer",
        101,
        Some(Feature::OVERLAYS),
    ),
    ("fills_its_overlay", 101, Some(Feature::OVERLAYS)),
    ("clock_below_zero", 101, Some(Feature::TIME)),
    ("sysctl_that_is_not_there", 101, None),
    ("directory_that_is_not_there", 101, None),
];

fn checks() -> Vec<Trial> {
    let endings = ENDINGS.iter().map(|(name, code, feature)| {
        Trial::ignorable_test(*name, move || has_its_words(name, *code, *feature))
    });
    let others = [
        Trial::test("every_fixture_is_checked", every_fixture_is_checked),
        Trial::test(
            "the_table_of_the_docs_is_true",
            the_table_of_the_docs_is_true,
        ),
    ];
    let modules = [command_line::checks(), keep::checks(), beyond::checks()];
    endings
        .chain(others)
        .chain(modules.into_iter().flatten())
        .collect()
}

fn has_its_words(name: &str, code: i32, feature: Option<Feature>) -> Result<Completion, Failed> {
    if let Some(why) = feature.and_then(Feature::lacking) {
        return Ok(Completion::ignored_with(why));
    }
    let transcript = fixture::run(&format!("fixtures::{name}"));
    transcript.verify(transcript.code == Some(code), &format!("exit code {code}"))?;
    golden::compare(&file(name), &transcript.text)?;
    Ok(Completion::Completed)
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("output/endings/golden/{name}.txt"))
}

/// Checks each row: the transcript contains the words and the verdict.
fn the_table_of_the_docs_is_true() -> Check {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/endings.md"))?;
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let mut documented = Vec::new();
    for cells in rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>()) {
        let [_, verdict, words, transcript] = cells[..] else {
            continue;
        };
        let Some(name) = transcript
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'))
        else {
            continue;
        };
        let text = fs::read_to_string(file(name)).map_err(|error| format!("{name}: {error}"))?;
        let words = words.trim_matches('`').trim();
        if !text.contains(&format!("... {verdict}")) || !text.contains(words) {
            return Err(format!("{name}: `{verdict}` and `{words}` are not in\n{text}").into());
        }
        documented.push(name.to_owned());
    }
    let missing: Vec<_> = ENDINGS
        .iter()
        .map(|(name, ..)| *name)
        .filter(|name| !documented.iter().any(|known| known == name))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no row for {missing:?}").into())
    }
}

fn every_fixture_is_checked() -> Check {
    let listed = Transcript::of(&mut fixture::command(["--list", "--format", "terse"])).text;
    let names = listed
        .lines()
        .filter_map(|line| line.strip_prefix("fixtures::")?.strip_suffix(": test"));
    let others = [
        "bombs",
        "dumps_core",
        "fails_with_a_server",
        "floods",
        "panics_while_panicking",
        "runs_out_of_memory",
        "sleeps",
    ];
    let is_checked =
        |name: &str| others.contains(&name) || ENDINGS.iter().any(|(checked, ..)| *checked == name);
    let forgotten: Vec<&str> = names.filter(|name| !is_checked(name)).collect();
    if forgotten.is_empty() {
        Ok(())
    } else {
        Err(format!("no golden file for {forgotten:?}").into())
    }
}
