//! The stage for tests of one `serial` key: the first one waits there until all others wait for the
//! key.

#[path = "../integration/libtest/mixed/hold.rs"]
mod hold;

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

pub use hold::hold_until_all_wait;

/// A directory that is removed when dropped.
#[derive(Debug)]
pub struct Stage(PathBuf);

impl Stage {
    /// Makes the stage for this number of tests, whose lock file has this name.
    ///
    /// # Errors
    /// If the temporary directory can't be written to.
    pub fn new(name: &str, tests: usize) -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        let stage = temporary.join(format!("ns-test-stage-{}-{name}", std::process::id()));
        fs::create_dir(&stage)?;
        let stage = Self(stage);
        fs::write(stage.0.join("count"), tests.to_string())?;
        let uid = fs::metadata(&stage.0)?.uid();
        let lock = temporary.join(format!("ns-test-serial-{uid}/{name}"));
        symlink(lock, stage.0.join("lock"))?;
        Ok(stage)
    }

    /// Returns the directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
