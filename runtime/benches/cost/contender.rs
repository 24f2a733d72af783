//! A contender: a command that runs a given number of tests.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::page_cache::{self, Pages};
use crate::{ROLE, fixture, host, names, repeat};

/// A measured command.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: String,
    pub(crate) tests: u32,
    pub(crate) command: Command,
}

/// The directory and user of a bench run.
#[derive(Debug)]
pub(crate) struct Place {
    executable: PathBuf,
    /// Whether the measured commands run as an ordinary user, the usual case, although the bench
    /// runs as root.
    nobody: bool,
    /// Below the target directory.
    pub(crate) directory: PathBuf,
}

/// A uid and gid that no account has.
const NOBODY: u32 = 65534;

impl Place {
    pub(crate) fn find() -> Result<Self, String> {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let executable = env::current_exe()
            .and_then(|linked| page_cache::copy(&linked, &directory, "cost", Pages::Folios))
            .map_err(|error| error.to_string())?;
        let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let mut place = Self {
            executable,
            nobody: root,
            directory,
        };
        // Root's own directories are often closed to others.
        place.nobody = root && crate::measure::run(&mut place.ours("user", 1, 1).command).is_ok();
        Ok(place)
    }

    /// The user that runs the measured commands.
    pub(crate) fn user(&self) -> &'static str {
        if self.nobody {
            "uid 65534"
        } else {
            "the caller"
        }
    }

    pub(crate) fn floor(&self, set: &str, threads: u32, tests: u32) -> Contender {
        let mut command = self.role(&self.executable, "floor", set, tests);
        command.env(repeat::THREADS, threads.to_string());
        contender("floor", tests, command)
    }

    pub(crate) fn ours(&self, set: &str, threads: u32, tests: u32) -> Contender {
        let command = self.harness(&self.executable, set, threads, tests);
        contender("ours", tests, command)
    }

    /// Returns ns-test in a binary built as `cargo test` builds it.
    pub(crate) fn unoptimized(
        &self,
        binary: &Path,
        set: &str,
        threads: u32,
        tests: u32,
    ) -> Contender {
        let command = self.harness(binary, set, threads, tests);
        contender(names::OURS_UNOPTIMIZED, tests, command)
    }

    /// Returns ns-test with one of its optimizations switched off.
    pub(crate) fn without(&self, name: &str, set: &str, threads: u32, tests: u32) -> Contender {
        let mut command = self.harness(&self.executable, set, threads, tests);
        command.env("NS_TEST_WITHOUT", name);
        contender(&format!("without {name}"), tests, command)
    }

    /// Returns ns-test in a process, or on a host, with extra load.
    pub(crate) fn burdened(&self, burden: &str, set: &str, threads: u32, tests: u32) -> Contender {
        let mut command = self.harness(&self.executable, set, threads, tests);
        command.env(host::BURDEN, burden);
        contender(burden, tests, command)
    }

    /// Returns a program that runs once for every test.
    pub(crate) fn repeated(
        &self,
        name: &str,
        words: &[&str],
        threads: u32,
        tests: u32,
    ) -> Contender {
        let mut command = self.role(&self.executable, "repeat", "", tests);
        command
            .env(repeat::THREADS, threads.to_string())
            .env(repeat::COMMAND, words.join("\n"));
        contender(name, tests, command)
    }

    /// Returns a harness whose tests use a service.
    pub(crate) fn role_of_service(&self, threads: u32, tests: u32) -> Command {
        let mut command = self.role(&self.executable, "service", "", tests);
        command.args(["--test-threads", &threads.to_string()]);
        command
    }

    /// Returns a harness whose tests make networks.
    pub(crate) fn role_of_network(&self, threads: u32, tests: u32) -> Command {
        let mut command = self.role(&self.executable, "network", "", tests);
        command.args(["--test-threads", &threads.to_string()]);
        command
    }

    fn harness(&self, binary: &Path, set: &str, threads: u32, tests: u32) -> Command {
        let mut command = self.role(binary, "fixture", set, tests);
        command.args(["--test-threads", &threads.to_string()]);
        command
    }

    fn role(&self, binary: &Path, role: &str, set: &str, tests: u32) -> Command {
        let mut command = Command::new(binary);
        command
            .current_dir("/")
            .env(ROLE, role)
            .env(fixture::SET, set)
            .env(fixture::TESTS, tests.to_string())
            .env_remove("RUST_TEST_THREADS");
        self.hand_over(&mut command);
        command
    }

    /// Makes the user run the command.
    pub(crate) fn hand_over(&self, command: &mut Command) {
        if self.nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
    }
}

pub(crate) fn contender(name: &str, tests: u32, command: Command) -> Contender {
    Contender {
        name: name.to_owned(),
        tests,
        command,
    }
}

/// Returns whether this program can be executed.
pub(crate) fn is_installed(words: &[&str]) -> bool {
    let Some((program, arguments)) = words.split_first() else {
        return false;
    };
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
