//! Tests under libtest, each in its own nextest process: every one executes its own fork server.

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::{Transcript, eventually};
use ns_test_suite::outer::{NO_NEXTEST, Outer, has_nextest};
use ns_test_suite::serial::Stage;

use crate::SERIAL_LOCK;

type Answer = Result<Completion, Failed>;

/// Runs nextest, if it is installed, and checks its output. `LEAK` would mean a process that still
/// holds a test's stdout.
fn nextest(mixed: &Outer, arguments: &[&str], words: &[&str]) -> Answer {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let mut command = mixed.cargo(["nextest", "run", "--color=never"]);
    let run = Transcript::of(command.args(arguments));
    for words in words {
        run.verify(run.text.contains(words), words)?;
    }
    run.verify(!run.text.contains("LEAK"), "no leak")?;
    Ok(Completion::Completed)
}

pub(crate) fn runs(mixed: &Outer) -> Answer {
    let targets = ["--lib", "--test=with_libtest", "--test=without_libtest"];
    let words = ["56 tests run: 26 passed, 30 failed, 6 skipped"];
    nextest(mixed, &targets, &words)?;
    let words = ["6 tests run: 3 passed, 3 failed"];
    nextest(
        mixed,
        &[&targets[..], &["--run-ignored=only"]].concat(),
        &words,
    )
}

/// Checks that nextest prints the name of a signal.
pub(crate) fn signals(mixed: &Outer) -> Answer {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    for target in ["--test=with_libtest", "--test=without_libtest"] {
        let words = [
            "SIGABRT (abort) before the test returned",
            "1 test run: 0 passed, 1 failed",
        ];
        nextest(mixed, &[target, "endings::aborts"], &words)?;
    }
    Ok(Completion::Completed)
}

pub(crate) fn retries(mixed: &Outer) -> Answer {
    let words = ["FLAKY 2/2", "1 test run: 1 passed (1 flaky)"];
    nextest(mixed, &["--test=flaky", "--retries=1"], &words)
}

/// Returns whether a line of nextest's output is about a test that has passed. On a busy machine,
/// nextest calls it LEAK: it waits only 100 ms for the end of the test's output.
fn has_passed(line: &str) -> bool {
    line.contains(" PASS ") || line.contains(" LEAK ")
}

/// Checks that every test is in one of the parts.
pub(crate) fn partitions(mixed: &Outer) -> Answer {
    for way in ["hash", "slice"] {
        let mut sum = 0;
        for part in ["1/2", "2/2"] {
            let partition = format!("--partition={way}:{part}");
            let arguments = ["nextest", "run", "--color=never", "--test=many", &partition];
            if !has_nextest()? {
                return Ok(Completion::ignored_with(NO_NEXTEST));
            }
            let run = Transcript::of(&mut mixed.cargo(arguments));
            run.verify(run.code == Some(0), "a part that passes")?;
            sum += run.text.lines().filter(|line| has_passed(line)).count();
        }
        if sum != 40 {
            return Err(format!("the parts by {way} have {sum} of 40 tests").into());
        }
    }
    Ok(Completion::Completed)
}

pub(crate) fn archive(mixed: &Outer) -> Answer {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let elsewhere = std::env::temp_dir().join(format!("ns-test-archive-{}", std::process::id()));
    fs::create_dir_all(&elsewhere)?;
    let answer = from_archive(mixed, &elsewhere);
    fs::remove_dir_all(&elsewhere)?;
    answer
}

fn from_archive(mixed: &Outer, elsewhere: &std::path::Path) -> Answer {
    let file = elsewhere.join("tests.tar.zst");
    let file = format!("--archive-file={}", file.display());
    let targets = ["--test=many", "--test=flaky"];
    let made =
        Transcript::of(&mut mixed.cargo(["nextest", "archive", &file, targets[0], targets[1]]));
    made.verify(made.code == Some(0), "an archive")?;
    let sources = elsewhere.join("sources");
    fs::create_dir_all(sources.join("src"))?;
    for part in ["Cargo.toml", "Cargo.lock", "src/lib.rs"] {
        fs::copy(mixed.directory.join(part), sources.join(part))?;
    }
    let remap = format!("--workspace-remap={}", sources.display());
    let place = format!("--extract-to={}", elsewhere.display());
    nextest(
        mixed,
        &[&file, &remap, &place, "--retries=1", "--extract-overwrite"],
        &["41 tests run: 41 passed (1 flaky)"],
    )
}

/// Checks, by the commands of docs/scaling.md, that every test of an archive is in exactly one of
/// its parts.
pub(crate) fn parts_of_an_archive(mixed: &Outer) -> Answer {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scaling.md"))?;
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("cargo "))
        .collect();
    let [archive, run] = commands[..] else {
        return Err(format!("two commands are wanted, there are {commands:?}").into());
    };
    let only = ["--test=many", "--test=serial"];
    let made = Transcript::of(mixed.cargo(archive.split(' ')).args(only));
    made.verify(made.code == Some(0), "an archive")?;
    for way in ["slice", "hash"] {
        for count in [1, 2, 4] {
            let mut all = BTreeSet::new();
            for part in 1..=count {
                let run = run.replace("slice:1/4", &format!("{way}:{part}/{count}"));
                let run = Transcript::of(mixed.cargo(run.split(' ')).arg("--color=never"));
                run.verify(run.code == Some(0), "a part that passes")?;
                for test in run.text.lines().filter(|line| has_passed(line)) {
                    let name: Vec<&str> = test.split_whitespace().rev().take(2).collect();
                    run.verify(all.insert(name.join(" ")), "no test that another part had")?;
                }
            }
            if all.len() != 44 {
                return Err(
                    format!("{count} parts by {way} have {} of 44 tests", all.len()).into(),
                );
            }
        }
    }
    fs::remove_file(mixed.directory.join("tests.tar.zst"))?;
    Ok(Completion::Completed)
}

/// Checks tests that nextest ends: by SIGTERM to the process group, and SIGKILL a little later.
pub(crate) fn slow(mixed: &Outer) -> Answer {
    let words = ["TIMEOUT", "2 tests run: 0 passed, 2 timed out"];
    let answer = nextest(mixed, &["--profile=slow", "--test=long"], &words)?;
    let is_left = || {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
        lines
            .into_iter()
            .any(|line| line.starts_with(b"sleep\x0061.61\0"))
    };
    match eventually(|| !is_left()) {
        true => Ok(answer),
        false => Err("a daemon of the tests is left".into()),
    }
}

pub(crate) fn junit(mixed: &Outer) -> Answer {
    let answer = nextest(mixed, &["--profile=junit", "--test=with_libtest"], &[])?;
    if matches!(answer, Completion::Completed) {
        let file = mixed.directory.join("target/nextest/junit/junit.xml");
        let text = fs::read_to_string(file)?;
        if !text.contains("endings::panics") || !text.contains("to stdout") {
            return Err(text.into());
        }
    }
    Ok(answer)
}

/// Tests of one key in two binaries, each in a process of its own.
pub(crate) fn one_at_a_time(mixed: &Outer) -> Answer {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let stage = Stage::new(SERIAL_LOCK, 8)?;
    let mut command = mixed.cargo([
        "nextest",
        "run",
        "--test=serial",
        "--test=serial_without_libtest",
        "--test-threads=8",
    ]);
    let run = Transcript::of(command.env("SERIAL_STAGE", stage.path()));
    run.verify(run.text.contains("8 tests run: 8 passed"), "all pass")?;
    Ok(Completion::Completed)
}

/// Checks that no process of a test and no wire of a network is left (`LEAK`).
pub(crate) fn networks(mixed: &Outer) -> Answer {
    let words = [
        "4 tests run: 3 passed, 1 failed",
        "the network at the end of the test (seed ",
        "client ────── server",
    ];
    nextest(
        mixed,
        &["--test=networks", "--test-threads=4", "--no-fail-fast"],
        &words,
    )
}
