//! Optional parts of Rust: another toolchain, a component, a target.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;

/// Returns the directory of the nightly toolchain, if there is one. `.ci/run` passes it in a
/// variable.
#[must_use]
pub fn nightly() -> Option<PathBuf> {
    let told = env::var_os("NS_TEST_SUITE_NIGHTLY").map(PathBuf::from);
    let found = told.or_else(|| {
        let cargo =
            answer(Command::new("rustup").args(["which", "--toolchain", "nightly", "cargo"]))?;
        Some(Path::new(&cargo).parent()?.parent()?.to_owned())
    });
    found.filter(|toolchain| toolchain.join("bin/rustc").exists())
}

/// Returns the directory of the toolchain that built this suite.
///
/// # Errors
/// If `rustc` does not print it.
pub fn own() -> Result<PathBuf, Failed> {
    let sysroot = answer(Command::new("rustc").args(["--print", "sysroot"]));
    Ok(sysroot.ok_or("rustc has no sysroot")?.into())
}

/// Returns the host's target triple.
///
/// # Errors
/// If `rustc` does not print it.
pub fn host_triple() -> Result<String, Failed> {
    let version = answer(Command::new("rustc").arg("-vV")).unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc has no host")?.to_owned())
}

/// Returns whether std is installed for this target.
#[must_use]
pub fn has_target(toolchain: &Path, target: &str) -> bool {
    toolchain
        .join("lib/rustlib")
        .join(target)
        .join("lib")
        .exists()
}

/// Makes the command use this toolchain, regardless of rustup's choice.
pub fn use_toolchain(command: &mut Command, toolchain: &Path) {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = [toolchain.join("bin")]
        .into_iter()
        .chain(env::split_paths(&path));
    if let Ok(path) = env::join_paths(directories) {
        command.env("PATH", path);
    }
    for variable in ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "CARGO"] {
        command.env_remove(variable);
    }
}

fn answer(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim_end().to_owned())
}
