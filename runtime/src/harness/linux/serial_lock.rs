//! The serial lock: tests with the same key never run at the same time, in whichever harness and
//! process.
//!
//! It is a lock on a file (`flock(2)`) in a directory that belongs to the user. nextest runs each
//! test in a process of its own, and the kernel releases the lock however that process ends.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::Flock;
use nix::unistd::geteuid;

use crate::error::{Call, SetupError, Step};
use crate::sys::{Errno, c_string, file};

/// A held serial lock. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct SerialLock {
    _lock: Flock<OwnedFd>,
}

impl SerialLock {
    /// Waits for the lock of this key.
    pub(crate) fn wait(key: &str) -> Result<Self, SetupError> {
        let directory = directory();
        let path = directory.join(file_name(key));
        try_wait(&directory, &path).map_err(|errno| {
            let error = SetupError::new(Step::Prepare, Call::Open, errno);
            let mut error = error.because("the test's `serial` key needs this lock file");
            error.path = Some(path.clone());
            error
        })
    }
}

fn try_wait(directory: &Path, path: &Path) -> Result<SerialLock, Errno> {
    match file::make_directory(&c_string(directory)?, 0o700) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno),
    }
    // Other users may write to its parent directory. A directory that they made under this name is
    // not used.
    let is_ours = fs::symlink_metadata(directory)
        .is_ok_and(|facts| facts.is_dir() && facts.uid() == geteuid().as_raw());
    if !is_ours {
        return Err(Errno::PERM);
    }
    file::lock(&c_string(path)?).map(|lock| SerialLock { _lock: lock })
}

fn directory() -> PathBuf {
    env::temp_dir().join(format!("ns-test-serial-{}", geteuid().as_raw()))
}

/// Returns the key as a file name, with hex for every character that a file name cannot have or
/// that may be invisible.
fn file_name(key: &str) -> String {
    let mut name = String::new();
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "_{byte:02x}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_keys_have_different_files() {
        let keys = ["a", "a/b", "a_2fb", ".", "..", "A b", "\u{e9}"];
        let names: std::collections::BTreeSet<String> =
            keys.iter().map(|key| file_name(key)).collect();
        assert_eq!(names.len(), keys.len());
        assert!(names.iter().all(|name| !name.contains(['/', '.'])));
    }
}
