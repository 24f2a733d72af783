//! A directory for the measurements that tests make themselves.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::statistics::Figure;

/// The variable that holds the directory's path, for the tests.
pub(crate) const SCRATCH: &str = "NS_TEST_BENCH_SCRATCH";

/// A directory that every user may write to, and that is removed at the end.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn make() -> io::Result<Self> {
        // Not in /tmp: tests have their own.
        let path = Path::new("/var/tmp").join(format!("ns-test-bench-{}", std::process::id()));
        fs::create_dir(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Removes the measurements so far.
    pub(crate) fn forget(&self, name: &str) {
        let _ = fs::remove_file(file(&self.0, name));
    }

    /// Returns the measurements of this name, in their order.
    pub(crate) fn values(&self, name: &str) -> Vec<f64> {
        let text = fs::read_to_string(file(&self.0, name)).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        Figure::of(self.values(name)).map(|figure| figure.median)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the directory, in a test.
pub(crate) fn directory() -> PathBuf {
    env::var_os(SCRATCH)
        .expect("the bench sets the variable")
        .into()
}

/// Stores a measurement, in a test.
pub(crate) fn note(name: &str, value: f64) -> io::Result<()> {
    let path = file(&directory(), name);
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    writeln!(file, "{value}")
}

fn file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{}.values", name.replace('/', "_")))
}
