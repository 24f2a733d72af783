//! The surroundings of a check's fixtures: a store and a log of its own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ns_test_suite::fixture::{self, Check, Transcript};

/// A directory of one check, removed when it has passed.
pub(crate) struct Stage {
    pub(crate) directory: PathBuf,
    /// Whether ns-test chooses the place of the store, below a cache directory.
    in_cache: bool,
}

impl Stage {
    pub(crate) fn new(check: &str) -> Self {
        Self::with(check, false)
    }

    pub(crate) fn in_cache(check: &str) -> Self {
        Self::with(check, true)
    }

    fn with(check: &str, in_cache: bool) -> Self {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let directory = scratch.join(format!("prepared-{check}-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("the target directory can be written");
        Self {
            directory,
            in_cache,
        }
    }

    pub(crate) fn store(&self) -> PathBuf {
        let name = if self.in_cache {
            "cache/ns-test"
        } else {
            "store"
        };
        self.directory.join(name)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// Returns a command for the fixtures with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = fixture::command(arguments);
        command
            .env("PREPARED_LOG", self.log())
            .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"));
        if self.in_cache {
            command
                .env("XDG_CACHE_HOME", self.directory.join("cache"))
                .env_remove("NS_TEST_PREPARE_DIR");
        } else {
            command.env("NS_TEST_PREPARE_DIR", self.store());
        }
        for variable in ["NS_TEST_PREPARE", "NEXTEST_RUN_ID", "NEXTEST_ATTEMPT"] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Transcript {
        Transcript::of(&mut self.command(arguments))
    }

    /// Returns how often a function was called.
    pub(crate) fn calls(&self, function: &str) -> usize {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        log.lines().filter(|line| *line == function).count()
    }

    /// Checks that it was called this often.
    pub(crate) fn was_called(&self, function: &str, times: usize) -> Check {
        let calls = self.calls(function);
        if calls == times {
            Ok(())
        } else {
            Err(format!("`{function}` was called {calls} times, not {times}").into())
        }
    }

    /// Checks that the store holds only sealed trees.
    pub(crate) fn is_tidy(&self) -> Check {
        let live = self.names("live");
        let drafts: Vec<String> = self
            .names("trees")
            .iter()
            .flat_map(|key| self.names(&format!("trees/{key}")))
            .filter(|name| name.starts_with("draft-") || name.starts_with("link-"))
            .collect();
        if live.is_empty() && drafts.is_empty() {
            Ok(())
        } else {
            Err(format!("left in the store: {live:?} {drafts:?}").into())
        }
    }

    /// Returns the entries of a directory of the store.
    pub(crate) fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.store().join(directory));
        let names = entries.into_iter().flatten().flatten();
        names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }

    /// Returns the sealed trees.
    pub(crate) fn trees(&self) -> Vec<PathBuf> {
        let trees = self.store().join("trees");
        let keys = self.names("trees");
        let current = keys.iter().map(|key| trees.join(key).join("current/tree"));
        current.filter(|tree| tree.exists()).collect()
    }

    /// Removes the directory, even if fixtures have left files that only they may remove.
    pub(crate) fn remove(self) -> Check {
        let mut chmod = Command::new("chmod");
        let _ = chmod.args(["-R", "u+rwx"]).arg(&self.directory).output();
        Ok(fs::remove_dir_all(&self.directory)?)
    }
}
