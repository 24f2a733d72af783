//! Prepared directories: the function runs once, whichever process starts the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::outer::{NO_NEXTEST, Outer, has_nextest};

use crate::binary;

const TARGETS: [(&[&str], &str); 2] = [
    (&["--test", "prepared"], "tests/prepared.rs"),
    (
        &["--test", "prepared_without_libtest"],
        "tests/prepared_without_libtest.rs",
    ),
];

/// A store and a log of the check's own.
struct Stage(PathBuf);

impl Stage {
    fn new(check: &str) -> Result<Self, Failed> {
        let name = format!("libtest-{check}-{}", std::process::id());
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory)?;
        Ok(Self(directory))
    }

    fn run(&self, command: &mut Command) -> Transcript {
        let command = command.env("NS_TEST_PREPARE_DIR", self.0.join("store"));
        Transcript::of(command.env("PREPARED_LOG", self.0.join("log")))
    }

    /// Checks how often the function was called since the last time, and that the store holds only
    /// trees.
    fn called(&self, times: usize) -> Check {
        let calls = fs::read_to_string(self.0.join("log")).unwrap_or_default();
        let _ = fs::remove_file(self.0.join("log"));
        let live = fs::read_dir(self.0.join("store/live"))?.count();
        match calls.lines().count() {
            count if count == times && live == 0 => Ok(()),
            count => Err(format!("{count} calls, {live} directories of changes").into()),
        }
    }
}

pub(crate) fn once(mixed: &Outer) -> Check {
    let stage = Stage::new("once")?;
    for target in TARGETS {
        for calls in [1, 0] {
            stage.run(&mut binary(mixed, target)?).passed(4)?;
            stage.called(calls)?;
        }
        let mut command = binary(mixed, target)?;
        stage
            .run(command.env("NS_TEST_PREPARE", "again"))
            .passed(4)?;
        stage.called(1)?;
    }
    let mut command = binary(mixed, TARGETS[0])?;
    let cleaned = stage.run(command.env("NS_TEST_PREPARE", "clean"));
    let fails = cleaned
        .text
        .contains("NS_TEST_PREPARE=clean removes prepared directories and runs no test");
    cleaned.verify(fails && cleaned.code == Some(101), "no test under libtest")?;
    Ok(fs::remove_dir_all(&stage.0)?)
}

/// Checks partitions, which each run a part of the tests: `--partition hash:1/2`. On one machine
/// the second one finds what the first one has prepared. Another machine, with an empty store,
/// prepares once.
pub(crate) fn partitioned(mixed: &Outer) -> Result<Completion, Failed> {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let stage = Stage::new("partitions")?;
    let (target, _) = TARGETS[0];
    for is_other_machine in [false, true] {
        for (number, calls) in [(1, 1), (2, usize::from(is_other_machine))] {
            let arguments = ["nextest", "run", "--color=never", "--partition"];
            let mut command = mixed.cargo(arguments);
            command.arg(format!("count:{number}/2")).args(target);
            let run = stage.run(&mut command);
            run.verify(
                run.text.contains("2 tests run: 2 passed"),
                "half of the tests",
            )?;
            stage.called(calls)?;
            if is_other_machine || number == 2 {
                fs::remove_dir_all(stage.0.join("store"))?;
            }
        }
    }
    fs::remove_dir_all(&stage.0)?;
    Ok(Completion::Completed)
}

/// Checks an archive, which holds no prepared directory. The machine that runs it prepares once, in
/// its own store: below the extracted target directory, or else in the cache directory.
pub(crate) fn archived(mixed: &Outer) -> Result<Completion, Failed> {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let stage = Stage::new("archive")?;
    let file = format!("--archive-file={}", stage.0.join("tests.tar.zst").display());
    // Outside this suite's target directory.
    let place = env::temp_dir().join(format!("ns-test-prepared-archive-{}", std::process::id()));
    let (built, cache) = (stage.0.join("store"), stage.0.join("cache"));
    // The machine that builds has prepared the directory, too.
    stage.run(&mut binary(mixed, TARGETS[0])?).passed(4)?;
    stage.called(1)?;
    let mut archive = mixed.cargo(["nextest", "archive", &file]);
    let made = stage.run(archive.args(TARGETS.map(|(target, _)| target).concat()));
    made.verify(made.code == Some(0), "an archive")?;
    let trees = || fs::read_dir(&built).map(Iterator::count).unwrap_or(0);
    let before = trees();
    fs::create_dir_all(&place)?;
    for calls in [2, 0] {
        let mut run = mixed.cargo([
            "nextest",
            "run",
            "--color=never",
            "--extract-overwrite",
            &file,
        ]);
        run.arg(format!("--extract-to={}", place.display()))
            .arg(format!("--workspace-remap={}", mixed.directory.display()))
            .env_remove("NS_TEST_PREPARE_DIR")
            .env("XDG_CACHE_HOME", &cache)
            .env("PREPARED_LOG", stage.0.join("log"));
        let run = Transcript::of(&mut run);
        run.verify(run.text.contains("8 tests run: 8 passed"), "eight tests")?;
        stage.called(calls)?; // one for each binary
    }
    let prepared = stores(&place)? + stores(&cache)?;
    fs::remove_dir_all(&place)?;
    if prepared != 1 || trees() != before {
        return Err(format!("{prepared} stores where the archive ran").into());
    }
    fs::remove_dir_all(&stage.0)?;
    Ok(Completion::Completed)
}

/// Returns how many stores are in this directory and in the subdirectories that cargo uses.
fn stores(directory: &Path) -> Result<usize, Failed> {
    let inner = [directory.to_owned(), directory.join("target")];
    let names = inner
        .iter()
        .flat_map(|path| fs::read_dir(path).into_iter().flatten());
    let names = names.map(|entry| Ok::<_, Failed>(entry?.file_name()));
    let names: Result<Vec<_>, _> = names.collect();
    let is_store = |name: &&std::ffi::OsString| name.to_string_lossy().starts_with("ns-test");
    Ok(names?.iter().filter(is_store).count())
}

/// Checks that nextest, each of whose processes runs one test, prepares once.
pub(crate) fn once_by_nextest(mixed: &Outer) -> Result<Completion, Failed> {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let stage = Stage::new("nextest")?;
    for (target, _) in TARGETS {
        for calls in [1, 0] {
            let arguments = ["nextest", "run", "--color=never"];
            let run = stage.run(mixed.cargo(arguments).args(target));
            run.verify(run.text.contains("4 tests run: 4 passed"), "four tests")?;
            run.verify(!run.text.contains("LEAK"), "no leak")?;
            stage.called(calls)?;
        }
    }
    fs::remove_dir_all(&stage.0)?;
    Ok(Completion::Completed)
}
