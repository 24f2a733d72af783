//! A test that pauses while the check examines the host.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ns_test_suite::fixture::{self, Check, Kept, Transcript};

/// The shared place of both sides: a host directory that tests see at its path. All their objects
/// contain its name.
pub(crate) struct Stage {
    directory: PathBuf,
}

/// The variable that names the stage of a fixture.
const VARIABLE: &str = "NS_TEST_SUITE_STAGE";

/// The check is about to examine the host.
const HELD: &str = "held";
/// The check has examined the host.
const LOOKED: &str = "looked";

impl Stage {
    pub(crate) fn new(check: &str) -> io::Result<Self> {
        let word = format!("ns-test-{check}-{}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(word);
        fs::create_dir(&directory)?;
        Ok(Self { directory })
    }

    /// Returns a word that no other object on this machine has in its name.
    pub(crate) fn word(&self) -> String {
        word(&self.directory)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Returns a command that runs this binary as the fixture, for one test.
    pub(crate) fn command(&self, test: &str) -> Command {
        let mut command = self.command_for_all(test);
        command.arg("--exact");
        command
    }

    /// Returns a command for all tests with this prefix, one after another in one launcher.
    pub(crate) fn command_for_all(&self, tests: &str) -> Command {
        let mut command = fixture::command([&format!("fixtures::{tests}"), "--test-threads=1"]);
        command.env(VARIABLE, &self.directory);
        command
    }

    /// Runs the fixture until one of its tests pauses.
    pub(crate) fn hold(&self, command: &mut Command) -> io::Result<Held<'_>> {
        let output = self.path("output");
        let file = File::create(&output)?;
        let mut harness = Kept::start(command.stdout(file.try_clone()?).stderr(file))?;
        let begin = Instant::now();
        while !self.path(HELD).exists() {
            if harness.0.try_wait()?.is_some() || begin.elapsed() > PATIENCE {
                return Err(io::Error::other(format!(
                    "the test did not get as far:\n{}",
                    fs::read_to_string(output)?
                )));
            }
            thread::sleep(MOMENT);
        }
        Ok(Held {
            stage: self,
            harness,
        })
    }

    /// Runs a test that pauses. Returns a result from during the pause, and one from after the end.
    pub(crate) fn look<T>(
        &self,
        test: &str,
        look: impl Fn() -> T,
    ) -> Result<[T; 2], libtest_mimic::Failed> {
        let held = self.hold(&mut self.command(test))?;
        let during = look();
        held.passes(1)?;
        Ok([during, look()])
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A harness whose test is paused.
pub(crate) struct Held<'a> {
    stage: &'a Stage,
    harness: Kept,
}

impl Held<'_> {
    /// Returns the harness's process id.
    pub(crate) fn id(&self) -> u32 {
        self.harness.0.id()
    }

    /// Resumes the test and waits for its end.
    pub(crate) fn end(mut self) -> io::Result<Transcript> {
        fs::write(self.stage.path(LOOKED), "")?;
        let status = self.harness.0.wait()?;
        fs::remove_file(self.stage.path(LOOKED))?;
        fs::remove_file(self.stage.path(HELD))?;
        Ok(Transcript {
            text: fs::read_to_string(self.stage.path("output"))?,
            code: status.code(),
        })
    }

    /// Resumes the test, and checks that this many tests have passed at the end.
    pub(crate) fn passes(self, count: usize) -> Check {
        self.end()?.passed(count)
    }
}

/// Returns the stage's directory, in the test.
pub(crate) fn here() -> PathBuf {
    env::var_os(VARIABLE)
        .expect("a check has started this")
        .into()
}

/// Returns the stage's word, in the test.
pub(crate) fn word_here() -> String {
    word(&here())
}

/// Pauses the test until the check has examined the host.
pub(crate) fn hold_here() {
    let stage = here();
    fs::write(stage.join(HELD), "").expect("the stage can be written");
    let begin = Instant::now();
    while !stage.join(LOOKED).exists() {
        assert!(begin.elapsed() < PATIENCE, "the check is gone");
        thread::sleep(MOMENT);
    }
}

fn word(directory: &Path) -> String {
    let name = directory.file_name().expect("it has a name");
    name.to_string_lossy().into_owned()
}

const MOMENT: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(60);
