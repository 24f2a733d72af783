//! A copy of a `std::process::Command`, which can start the program again, prepared for
//! `execve(2)`.

use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use crate::error::Shown;
use crate::sys::c_string;
use crate::sys::process::Strings;

/// Program, arguments, environment and working directory of a command.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub(super) program: OsString,
    arguments: Vec<OsString>,
    clears_environment: bool,
    changes: Vec<(OsString, Option<OsString>)>,
    directory: Option<OsString>,
}

/// The same, in the form that `execve` takes.
pub(super) struct CopiedCommand {
    /// The paths to try, in the order of `PATH`.
    pub(super) candidates: Vec<CString>,
    pub(super) arguments: Strings,
    pub(super) environment: Strings,
    pub(super) directory: Option<CString>,
}

/// Variables that a service manager sets for *its* service: cargo may run in one. `sd_notify(3)`,
/// `sd_listen_fds(3)`, `systemd.exec(5)`.
const FOREIGN: &[&str] = &[
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "LISTEN_PID",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "SYSTEMD_EXEC_PID",
    "MAINPID",
    "MANAGERPID",
    "FDSTORE",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "CREDENTIALS_DIRECTORY",
    "RUNTIME_DIRECTORY",
    "STATE_DIRECTORY",
    "CACHE_DIRECTORY",
    "LOGS_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
];

impl Recipe {
    pub(super) fn of(command: &Command) -> Self {
        let (mut arguments, mut changes) = (Vec::new(), Vec::new());
        for argument in command.get_args() {
            arguments.push(argument.to_owned());
        }
        for (key, value) in command.get_envs() {
            changes.push((key.to_owned(), value.map(OsStr::to_owned)));
        }
        Self {
            program: command.get_program().to_owned(),
            arguments,
            clears_environment: clears_environment(command),
            changes,
            directory: command
                .get_current_dir()
                .map(|path| path.as_os_str().to_owned()),
        }
    }

    /// Returns the program's file name, for messages.
    pub(super) fn name(&self) -> String {
        let name = Path::new(&self.program).file_name();
        Shown::new(name.unwrap_or(&self.program)).to_string()
    }

    /// Returns where the program is searched for.
    pub(super) fn search_place(&self) -> String {
        if self.program.as_bytes().contains(&b'/') {
            return format!("its path: {}", Shown::new(&self.program));
        }
        match self.path() {
            Some(path) => format!("PATH: {}", Shown::new(&path)),
            None => "PATH is not set".to_owned(),
        }
    }

    /// Returns whether any of the tried paths exists.
    pub(super) fn is_there(&self) -> bool {
        let candidates = self.candidates(self.path()).unwrap_or_default();
        candidates
            .iter()
            .any(|path| Path::new(OsStr::from_bytes(path.to_bytes())).exists())
    }

    /// Sets one variable, in addition to those of the command.
    pub(super) fn set(&mut self, key: &str, value: OsString) {
        self.changes.push((key.into(), Some(value)));
    }

    /// Returns the command again, as far as it could be copied.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        if self.clears_environment {
            command.env_clear();
        }
        for (key, value) in &self.changes {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
    }

    /// Prepares it with the environment that this process has now.
    pub(super) fn prepare(&self) -> io::Result<CopiedCommand> {
        let candidates = self.candidates(self.path())?;
        let mut words = vec![checked(&self.program)?];
        for argument in &self.arguments {
            words.push(checked(argument)?);
        }
        let mut variables = Vec::new();
        for (key, value) in self.environment() {
            variables.push(checked(joined(&key, &value))?);
        }
        Ok(CopiedCommand {
            candidates,
            arguments: words.into(),
            environment: variables.into(),
            directory: self.directory.as_ref().map(checked).transpose()?,
        })
    }

    fn path(&self) -> Option<OsString> {
        let mut all = self.environment().into_iter();
        all.find_map(|(key, value)| (key == "PATH").then_some(value))
    }

    /// Returns all variables, each once.
    fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut all = Vec::new();
        if !self.clears_environment {
            all.extend(env::vars_os());
            all.retain(|(key, _)| !FOREIGN.iter().any(|name| key == name));
        }
        for (key, value) in &self.changes {
            all.retain(|(other, _)| other != key);
            if let Some(value) = value {
                all.push((key.clone(), value.clone()));
            }
        }
        all
    }

    /// Returns the paths that `execvp(3)` tries. A name with a slash is a path; any other is
    /// searched for in the service's `PATH`.
    fn candidates(&self, path: Option<OsString>) -> io::Result<Vec<CString>> {
        if self.program.as_bytes().contains(&b'/') {
            return Ok(vec![checked(&self.program)?]);
        }
        let path = path.unwrap_or_else(|| "/bin:/usr/bin".into());
        let mut candidates = Vec::new();
        for directory in env::split_paths(&path) {
            candidates.push(checked(directory.join(&self.program))?);
        }
        Ok(candidates)
    }
}

/// Returns whether `env_clear` was called.
///
/// std has no getter for it, but its `Debug` output starts with `env -i`, where every other word is
/// in quotes.
fn clears_environment(command: &Command) -> bool {
    let text = format!("{command:?}");
    let directory = command
        .get_current_dir()
        .map(|path| format!("cd {path:?} && "));
    let rest = directory.map_or(&*text, |directory| {
        text.strip_prefix(&*directory).unwrap_or(&text)
    });
    rest.starts_with("env -i ")
}

fn joined(key: &OsStr, value: &OsStr) -> OsString {
    let mut variable = key.to_owned();
    variable.push("=");
    variable.push(value);
    variable
}

fn checked(text: impl AsRef<OsStr>) -> io::Result<CString> {
    /// std's replacement for an argument that contains a NUL byte.
    const REPLACED: &str = "<string-with-nul>";
    let text = text.as_ref();
    let passable = c_string(text).ok().filter(|_| text != REPLACED);
    passable.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "an argument, variable or path can't contain a NUL byte: remove it",
        )
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Recipe, clears_environment};

    /// This test fails if std changes the text of its `Debug` output.
    #[test]
    fn a_cleared_environment_is_seen() {
        assert!(!clears_environment(&Command::new("true")));
        assert!(!clears_environment(
            Command::new("env").args(["-i", "true"])
        ));
        assert!(!clears_environment(
            Command::new("true").env("A", "1").env_remove("B")
        ));
        assert!(clears_environment(Command::new("true").env_clear()));
        assert!(clears_environment(
            Command::new("true").env_clear().env("A", "1").arg("x")
        ));
        assert!(clears_environment(
            Command::new("true").current_dir("/a b").env_clear()
        ));
        assert!(!clears_environment(
            Command::new("true").current_dir("/x && env -i ")
        ));
    }

    #[test]
    fn a_cleared_environment_stays_so() {
        let recipe = Recipe::of(Command::new("true").env_clear().env("ONLY", "this"));
        let environment = recipe.environment();
        assert_eq!(environment.len(), 1, "{environment:?}");
    }

    #[test]
    fn a_nul_byte_is_an_error() {
        let error = Recipe::of(Command::new("true").arg("a\0b")).prepare().err();
        assert!(error.is_some(), "it can't be passed on");
    }
}
