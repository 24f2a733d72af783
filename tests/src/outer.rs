//! A crate outside the workspace, like a user's. It is written below the target directory, and
//! cargo builds and runs it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use libtest_mimic::Failed;

use crate::fixture::Transcript;
use crate::toolchain;

/// A crate outside the workspace.
#[derive(Debug)]
pub struct Outer {
    /// The crate's directory.
    pub directory: PathBuf,
    target: PathBuf,
}

impl Outer {
    /// Copies the crate in `source`, below the suite's own directory, to a place below `scratch`.
    /// In its manifests, WORKSPACE is replaced with the path of this workspace.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub fn write(source: &str, scratch: &str) -> Result<Self, Failed> {
        let name = source.rsplit('/').next().unwrap_or(source);
        let outer = Self::write_as(source, name, scratch)?;
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(source)
            .join("tests");
        let written = outer.directory.join("tests");
        fs::create_dir_all(&written)?;
        remove_others(&written, |name| tests.join(name).exists())?;
        Ok(outer)
    }

    /// Does what `write` does, in a directory of this name, which may already contain other tests.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub fn write_as(source: &str, name: &str, scratch: &str) -> Result<Self, Failed> {
        let suite = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = suite.parent().ok_or("the suite lies in a workspace")?;
        let (source, scratch) = (suite.join(source), Path::new(scratch));
        let directory = scratch.join(name);
        copy(&source, &directory, &|manifest| {
            manifest.replace("WORKSPACE", &workspace.display().to_string())
        })?;
        if !source.join("Cargo.lock").exists() {
            // The same versions as in the workspace, which are already downloaded.
            fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock"))?;
        }
        // One target directory for all crates: they share most dependencies.
        let target = scratch.join("crates");
        Ok(Self { directory, target })
    }

    /// Replaces the crate's tests with these; `manifest` lists them.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub fn take_tests(&self, manifest: &str, files: &[(String, String)]) -> Result<(), Failed> {
        let path = self.directory.join("Cargo.toml");
        let whole = fs::read_to_string(&path)? + manifest;
        fs::write(path, whole)?;
        let tests = self.directory.join("tests");
        fs::create_dir_all(&tests)?;
        remove_others(&tests, |name| {
            files.iter().any(|(file, _)| name == file.as_str())
        })?;
        for (name, text) in files {
            write_if_new(&tests.join(name), text.as_bytes())?;
        }
        Ok(())
    }

    /// Copies the lock file of another crate, to build the same versions.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub fn take_lock_of(&self, other: &Self) -> Result<(), Failed> {
        let [from, to] = [other, self].map(|outer| outer.directory.join("Cargo.lock"));
        fs::copy(from, to)?;
        Ok(())
    }

    /// Runs cargo to download missing crates. `Some`: the reason why it could not.
    ///
    /// # Errors
    /// If it fails although `CI` is set.
    pub fn fetch(&self) -> Result<Option<String>, Failed> {
        if Transcript::of(&mut self.cargo(["fetch", "--locked"])).code == Some(0) {
            return Ok(None);
        }
        let mut online = self.cargo(["fetch", "--locked"]);
        let fetched = Transcript::of(online.env_remove("CARGO_NET_OFFLINE"));
        match fetched.code {
            Some(0) => Ok(None),
            _ if env::var_os("CI").is_some() => Err(fetched.text.into()),
            _ => {
                let first = fetched.text.lines().find(|line| line.starts_with("error"));
                Ok(Some(format!(
                    "its crates can't be had: {}",
                    first.unwrap_or("cargo fetch failed")
                )))
            }
        }
    }

    /// Returns a cargo command in the crate's directory, without variables inherited from another
    /// cargo or nextest.
    pub fn cargo<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.cargo_at(Path::new(env!("CARGO")), arguments)
    }

    /// Returns a cargo command like `cargo`'s, with a toolchain other than the suite's own.
    pub fn cargo_of<A: AsRef<OsStr>>(
        &self,
        toolchain: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = self.cargo_at(&toolchain.join("bin/cargo"), arguments);
        toolchain::use_toolchain(&mut command, toolchain);
        command
    }

    fn cargo_at<A: AsRef<OsStr>>(
        &self,
        cargo: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = self.program(cargo);
        command.args(arguments);
        command
    }

    /// Returns a command for another program in the same environment.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.directory)
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", &self.target);
        let inherited = env::vars_os().map(|(variable, _)| variable);
        let foreign = inherited.filter(|variable| {
            let name = variable.to_string_lossy();
            ["NEXTEST", "NS_TEST", "RUST_TEST", "LLVM_PROFILE"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        let named = ["RUSTFLAGS", "RUST_BACKTRACE", "CARGO_MANIFEST_DIR"].map(Into::into);
        for variable in foreign.chain(named) {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the tests of one target.
    #[must_use]
    pub fn test(&self, target: &str) -> Transcript {
        self.test_with(target, &[])
    }

    /// Runs the tests as `test` does, with arguments for their harness.
    #[must_use]
    pub fn test_with(&self, target: &str, arguments: &[&str]) -> Transcript {
        let mut all = vec!["test", "--workspace", "--test", target, "--"];
        all.extend(arguments);
        Transcript::of(&mut self.cargo(all))
    }

    /// Builds the tests selected by these arguments, and returns the binary built from this source
    /// file.
    ///
    /// # Errors
    /// Returns cargo's output.
    pub fn binary(&self, choice: &[&str], source: &str) -> Result<PathBuf, Failed> {
        let arguments = ["test", "--no-run"].iter().chain(choice);
        self.built_by(&mut self.cargo(arguments), source)
    }

    /// Builds the tests as `binary` does, with the given build command.
    ///
    /// # Errors
    /// Returns cargo's output.
    pub fn built_by(&self, cargo: &mut Command, source: &str) -> Result<PathBuf, Failed> {
        if let Some(directory) = env::var_os(BUILT) {
            return self.built_before(Path::new(&directory), cargo, source);
        }
        let built = Transcript::of(cargo);
        let line = format!("{source} (");
        let binary = built
            .text
            .lines()
            .filter(|text| text.trim_start().starts_with("Executable"))
            .find_map(|text| text.split(&line).nth(1)?.strip_suffix(')'));
        let binary = binary.ok_or_else(|| format!("no binary in {}", built.text))?;
        Ok(self.directory.join(binary))
    }

    /// Returns the binary that this command would build, from a directory that has it by the path
    /// of its source.
    fn built_before(
        &self,
        directory: &Path,
        cargo: &Command,
        source: &str,
    ) -> Result<PathBuf, Failed> {
        let name = self.directory.file_name().unwrap_or_default();
        let mut name = name.to_owned();
        let is_set = |(variable, value): (&OsStr, Option<&OsStr>)| {
            variable == "RUSTFLAGS" && value.is_some()
        };
        if cargo.get_envs().any(is_set) {
            name.push("-with-flags");
        }
        let link = directory.join(name).join(source);
        // cargo names the file itself, and tests print the name of their program.
        Ok(fs::canonicalize(&link).map_err(|error| format!("{}: {error}", link.display()))?)
    }
}

/// The variable for a directory with the binaries that cargo would build. `tests/kernels/run` makes
/// it for its guests, which have no cargo.
const BUILT: &str = "NS_TEST_SUITE_BUILT";

/// Returns whether [`built_by`](Outer::built_by) runs no cargo.
#[must_use]
pub fn is_built_before() -> bool {
    env::var_os(BUILT).is_some()
}

/// Returns whether cargo-nextest is installed. `CI` requires it.
///
/// # Errors
/// If `CI` is set and it is missing.
pub fn has_nextest() -> Result<bool, Failed> {
    let mut command = Command::new(env!("CARGO"));
    let asked = command.args(["nextest", "--version"]).output()?;
    match asked.status.success() {
        false if env::var_os("CI").is_some() => Err(NO_NEXTEST.into()),
        there => Ok(there),
    }
}

/// Prints why a check was skipped.
pub const NO_NEXTEST: &str = "cargo-nextest is not installed";

/// Copies only files that differ, so that cargo rebuilds nothing else.
fn copy(from: &Path, to: &Path, change: &dyn Fn(String) -> String) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target, change)?;
            continue;
        }
        let content = match entry.file_name() == "Cargo.toml" {
            true => change(fs::read_to_string(entry.path())?).into_bytes(),
            false => fs::read(entry.path())?,
        };
        write_if_new(&target, &content)?;
    }
    Ok(())
}

fn write_if_new(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::read(path) {
        Ok(old) if old == content => Ok(()),
        _ => fs::write(path, content),
    }
}

/// Removes files of an earlier version of the crate, which cargo would still build.
fn remove_others(directory: &Path, belongs: impl Fn(OsString) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(directory)?.flatten() {
        if !belongs(entry.file_name()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
