//! Turns: tests with one key never run at the same time, whichever harness and process they are in.
//!
//! A turn is a lock on a file (`flock(2)`), below a directory of the user's own: nextest runs each test in a process of its own,
//! and the kernel gives the turn back however that ends.

use std::env;
use std::ffi::CString;
use std::fmt::Write as _;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::Flock;
use nix::unistd::geteuid;

use crate::error::{Call, SetupError, Step};
use crate::sys::{Errno, file};

/// A test's turn. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct SerialLock {
    _lock: Flock<OwnedFd>,
}

impl SerialLock {
    /// Waits for the turn of a test with this key.
    pub(crate) fn wait(key: &str) -> Result<Self, SetupError> {
        let directory = directory();
        let path = directory.join(file_name(key));
        try_wait(&directory, &path).map_err(|errno| {
            let error = SetupError::new(Step::Prepare, Call::Open, errno);
            let mut error = error.because("it is the lock of the test's serial key");
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
    // Others may write to where it lies: what they put there in our name is not ours.
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

/// The key with all that a file name can't have, or a person might not see, in hex.
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

fn c_string(path: &Path) -> Result<CString, Errno> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_nul| Errno::INVAL)
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
