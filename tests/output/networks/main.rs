//! The report of a failed test on its network, and what it leaves.

mod captures;
mod fixtures;
mod leftovers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::golden;

fn main() -> ExitCode {
    fixture::main(ns_test::run, checks)
}

/// The transcripts in `golden/NAME.txt`.
const TRANSCRIPTS: [&str; 9] = [
    "panics_while_a_link_is_cut",
    "returns_an_error",
    "exits",
    "kills_itself",
    "waits_for_ever",
    "loses_its_wire_and_returns",
    "loses_its_wire_and_cuts",
    "loses_its_wire_and_waits",
    "cannot_leave_a_host",
];

type Entry = (&'static str, fn() -> Check);

fn checks() -> Vec<Trial> {
    let transcripts = TRANSCRIPTS.map(|name| Trial::test(name, move || has_its_words(name)));
    let others: [Entry; 13] = [
        ("what_ends_well_says_nothing", what_ends_well_says_nothing),
        ("a_seed_repeats_a_test", a_seed_repeats_a_test),
        ("captures_are_kept_of_failures", captures::are_kept),
        ("captures_can_be_kept_always", captures::kept_always),
        (
            "captures_are_below_the_target_directory",
            captures::are_below_target,
        ),
        ("captures_of_one_path_have_numbers", captures::have_numbers),
        ("captures_leave_no_directory", captures::leave_no_directory),
        ("a_capture_can_be_read", captures::can_be_read),
        ("nothing_is_left", leftovers::nothing),
        (
            "a_killed_harness_leaves_nothing",
            leftovers::nothing_of_a_killed_harness,
        ),
        ("no_namespace_is_left", leftovers::no_namespace),
        (
            "a_namespace_that_is_left_is_noticed",
            leftovers::a_kept_namespace,
        ),
        ("four_binaries_at_once", four_binaries_at_once),
    ];
    let others = others.map(|(name, check)| Trial::test(name, check));
    let tshark = Trial::ignorable_test("tshark_reads_a_capture", captures::tshark_reads);
    transcripts
        .into_iter()
        .chain(others)
        .chain([tshark])
        .collect()
}

/// Runs a fixture whose captures go to a directory of its own.
fn run(name: &str, directory: &Path, set: impl FnOnce(&mut Command)) -> Transcript {
    let mut command =
        fixture::command([&format!("fixtures::{name}"), "--exact", "--test-threads=1"]);
    command
        .env("NS_TEST_ARTIFACTS", directory)
        .env_remove("NS_TEST_SEED");
    command.env_remove("NS_TEST_CAPTURE");
    set(&mut command);
    Transcript::of(&mut command)
}

/// Makes a new directory.
fn directory(name: &str) -> std::io::Result<PathBuf> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("networks")
        .join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn has_its_words(name: &str) -> Check {
    let directory = directory(name)?;
    let transcript = run(name, &directory, |_| {});
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    let text = transcript
        .text
        .replace(&directory.display().to_string(), "ARTIFACTS");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/networks/golden");
    golden::compare(&file.join(format!("{name}.txt")), &text)
}

fn what_ends_well_says_nothing() -> Check {
    let directory = directory("ends_well")?;
    for name in [
        "passes",
        "panics_as_it_should",
        "keeps_its_network_for_ever",
        "drops_its_network",
    ] {
        let transcript = run(name, &directory, |command| {
            command.arg("--nocapture");
        });
        transcript.passed(1)?;
        transcript.verify(!transcript.text.contains("the network"), "no report")?;
    }
    let left = fs::read_dir(directory.join("networks/fixtures"))?.count();
    if left == 0 {
        Ok(())
    } else {
        Err(format!("{left} captures are left").into())
    }
}

fn a_seed_repeats_a_test() -> Check {
    let directory = directory("repeats")?;
    let report = |seed: Option<&str>| {
        let transcript = run("panics_while_a_link_is_cut", &directory, |command| {
            seed.map(|seed| command.env("NS_TEST_SEED", seed));
        });
        let packets = transcript
            .text
            .lines()
            .find(|line| line.contains("client → server"));
        let seed = transcript
            .text
            .split("NS_TEST_SEED=")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        packets
            .zip(seed)
            .map(|(packets, seed)| (packets.to_owned(), seed.to_owned()))
    };
    let first = report(None).ok_or("no report")?;
    let again = report(Some(&first.1)).ok_or("no report")?;
    let other = report(Some("7")).ok_or("no report")?;
    match first == again && first.0 != other.0 && other.1 == "7" {
        true => Ok(()),
        false => Err(format!("{first:?}, {again:?}, {other:?}").into()),
    }
}

fn four_binaries_at_once() -> Check {
    let start = || {
        let mut command =
            fixture::command(["fixtures::builds_many", "--exact", "--test-threads=1"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let all: Vec<_> = (0..4).map(|_| start()).collect::<Result<_, _>>()?;
    for one in all {
        Transcript::from(one.wait_with_output()?).passed(1)?;
    }
    Ok(())
}
