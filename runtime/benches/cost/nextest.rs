//! Runs of nextest over the outer crate, as the user that runs the other contenders.
//!
//! As root, each test would also pay for the protection of the host. Cargo's own directory is often
//! closed to the other user. So Cargo describes the packages and the binaries in two files first,
//! and nextest reads them.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::contender::Place;
use crate::outer::Outer;

/// The files that describe the packages and the binaries.
#[derive(Debug)]
pub(crate) struct Nextest {
    packages: PathBuf,
    binaries: PathBuf,
    directory: PathBuf,
}

impl Nextest {
    /// Builds the targets and describes them. `None`: nextest is not installed, or not for the
    /// user.
    pub(crate) fn describe(
        outer: &Outer,
        place: &Place,
        targets: &[&str],
    ) -> Result<Option<Self>, String> {
        let mut version = Command::new(PROGRAM);
        version.args(["nextest", "--version"]);
        version.stdout(Stdio::null()).stderr(Stdio::null());
        place.hand_over(&mut version);
        if !version.status().is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        let platform = platform()?;
        let mut binaries = vec!["nextest", "list", "--list-type", "binaries-only"];
        binaries.extend(["--message-format", "json"]);
        binaries.extend(targets.iter().flat_map(|target| ["--test", target]));
        let packages = ["metadata", "--format-version", "1", "--filter-platform"];
        let packages = [&packages[..], &[&platform]].concat();
        Ok(Some(Self {
            packages: write(outer, &packages, "packages.json")?,
            binaries: write(outer, &binaries, "binaries.json")?,
            directory: outer.directory().to_owned(),
        }))
    }

    /// Returns a run of one target, with two processes at a time.
    pub(crate) fn run(&self, place: &Place, target: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(["nextest", "run", "-j2", "-E"])
            .arg(format!("binary({target})"))
            .arg("--cargo-metadata")
            .arg(&self.packages)
            .arg("--binaries-metadata")
            .arg(&self.binaries)
            // It reads a file there, and the user may not read the caller's.
            .env("HOME", &self.directory)
            .env_remove("XDG_CONFIG_HOME")
            .current_dir(&self.directory);
        place.hand_over(&mut command);
        command
    }
}

/// What `cargo nextest` executes.
const PROGRAM: &str = "cargo-nextest";

/// Writes what Cargo prints to a file next to the crate's manifest.
fn write(outer: &Outer, words: &[&str], name: &str) -> Result<PathBuf, String> {
    let output = outer.cargo(words).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let file = outer.directory().join(name);
    fs::write(&file, output.stdout).map_err(|error| error.to_string())?;
    Ok(file)
}

/// Returns the name of the platform, for which all packages are on this machine.
fn platform() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| error.to_string())?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(ToOwned::to_owned)
        .ok_or_else(|| "rustc does not name its platform".to_owned())
}
