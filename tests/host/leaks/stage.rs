//! A test that stops in the middle for the host to be looked at.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ns_test_suite::fixture::{self, Check, Kept, Transcript};

/// Where both sides meet: a directory of the host that tests see at its path. Its name is in all that they make.
pub(crate) struct Stage {
    directory: PathBuf,
}

/// Which variable tells a fixture its stage.
const VARIABLE: &str = "NS_TEST_SUITE_STAGE";

/// The check is about to look.
const HELD: &str = "held";
/// The check has looked.
const LOOKED: &str = "looked";

impl Stage {
    pub(crate) fn new(check: &str) -> io::Result<Self> {
        let word = format!("ns-test-{check}-{}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(word);
        fs::create_dir(&directory)?;
        Ok(Self { directory })
    }

    /// A word that nothing else on this machine has in its name.
    pub(crate) fn word(&self) -> String {
        word(&self.directory)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// This binary as the fixture, for one test.
    pub(crate) fn command(&self, test: &str) -> Command {
        let mut command = self.command_for_all(test);
        command.arg("--exact");
        command
    }

    /// The same for all tests whose names begin so, one after another in one launcher.
    pub(crate) fn command_for_all(&self, tests: &str) -> Command {
        let mut command = fixture::command([&format!("fixtures::{tests}"), "--test-threads=1"]);
        command.env(VARIABLE, &self.directory);
        command
    }

    /// Runs the fixture until one of its tests holds.
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

    /// Runs a test that holds: the first answer is from while it does, the second from when it is over.
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

/// A harness whose test holds.
pub(crate) struct Held<'a> {
    stage: &'a Stage,
    harness: Kept,
}

impl Held<'_> {
    /// The harness's process id.
    pub(crate) fn id(&self) -> u32 {
        self.harness.0.id()
    }

    /// Has the test go on to its end.
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

    /// The same, with so many passed tests at the end.
    pub(crate) fn passes(self, count: usize) -> Check {
        self.end()?.passed(count)
    }
}

/// The test's side.
pub(crate) fn here() -> PathBuf {
    env::var_os(VARIABLE)
        .expect("a check has started this")
        .into()
}

/// The test's side: the stage's word.
pub(crate) fn word_here() -> String {
    word(&here())
}

/// The test's side: holds until the check has looked.
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
