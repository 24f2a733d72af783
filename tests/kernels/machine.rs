//! Changes to the guest, each undone when the check ends, and the fixture that runs in between.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::golden;

use crate::GUEST;

/// A check and its name.
pub(crate) type Named = (&'static str, fn() -> Check);

/// A kernel setting with another value. Drop restores the old value.
#[must_use]
pub(crate) struct Setting {
    path: PathBuf,
    before: String,
}

impl Setting {
    /// Writes a file below /proc/sys.
    pub(crate) fn write(path: &str, value: &str) -> io::Result<Self> {
        let path = Path::new("/proc/sys").join(path);
        let before = fs::read_to_string(&path)?;
        fs::write(&path, value)?;
        Ok(Self { path, before })
    }
}

impl Drop for Setting {
    fn drop(&mut self) {
        let _ = fs::write(&self.path, &self.before);
    }
}

/// Returns whether the kernel has the setting.
pub(crate) fn has_setting(path: &str) -> bool {
    Path::new("/proc/sys").join(path).exists()
}

/// The surroundings of a fixture run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Around<'w> {
    /// A command that root runs, with the remaining command as its last arguments.
    pub(crate) root: &'w [&'w str],
    /// The same, as the ordinary user.
    pub(crate) user: &'w [&'w str],
}

/// Returns a command that becomes the fixture, as an ordinary user.
fn fixture_command(around: Around<'_>, test: &str) -> Command {
    let plain = fixture::command([test, "--exact", "--test-threads=1"]);
    let user = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--inh-caps=-all",
    ];
    let mut all = around.root.iter().chain(&user).chain(around.user);
    let mut command = Command::new(all.next().expect("setpriv is a word"));
    command
        .args(all)
        .arg(env::current_exe().unwrap_or_default())
        .args(plain.get_args())
        .env(fixture::VARIABLE, "1")
        .env_remove("RUST_BACKTRACE");
    command
}

/// Runs a test of the fixture as an ordinary user, and compares the whole output with the golden
/// file of this name.
pub(crate) fn is_reported(name: &str, around: Around<'_>, test: &str) -> Check {
    let transcript = Transcript::of(&mut fixture_command(around, test));
    golden::compare(&golden_file(name), &transcript.text)
}

/// Runs a test of the fixture as an ordinary user. It must pass.
pub(crate) fn passes(around: Around<'_>, test: &str) -> Check {
    Transcript::of(&mut fixture_command(around, test)).passed(1)
}

/// Returns the words of a shell script that runs as root in a mount namespace of its own, and then
/// executes the following command.
pub(crate) const fn script(script: &str) -> [&str; 6] {
    [
        "unshare",
        "-m",
        "--propagation=private",
        "sh",
        "-ec",
        script,
    ]
}

/// Runs a program, which must succeed.
pub(crate) fn run(command: &mut Command) -> Result<(), Failed> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// Returns the golden file of this kernel, or else the one of all kernels.
fn golden_file(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/golden");
    let kernel = env::var(GUEST).unwrap_or_default();
    let own = directory.join(format!("{name}-{kernel}.txt"));
    if own.exists() {
        own
    } else {
        directory.join(format!("{name}.txt"))
    }
}
