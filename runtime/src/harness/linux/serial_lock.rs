//! The serial lock: tests with the same key never run at the same time, in whichever harness and
//! process.
//!
//! It is a lock on a file (`flock(2)`) in a directory that belongs to the user. nextest runs each
//! test in a process of its own, and the kernel releases the lock however that process ends.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::unistd::geteuid;

use crate::error::{Call, SetupError, Step};
use crate::sys::{Errno, file};

/// A held serial lock. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct SerialLock {
    _lock: Flock<File>,
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
    let of_io = |error| Errno::from_io(&error);
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(of_io(error)),
        _made => {}
    }
    // Other users may write to its parent directory. A directory that they made under this name is
    // not used.
    let is_ours = fs::symlink_metadata(directory)
        .is_ok_and(|facts| facts.is_dir() && facts.uid() == geteuid().as_raw());
    if !is_ours {
        return Err(Errno::PERM);
    }
    // Nothing is read or written, but only a file that is opened for writing can be created.
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path);
    let locked = file::lock(file.map_err(of_io)?, FlockArg::LockExclusive);
    locked.map(|lock| SerialLock { _lock: lock })
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
