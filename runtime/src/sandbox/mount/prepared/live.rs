//! The changes of running tests on disk. Each process has a directory, with a lock that shows
//! whether the process is alive.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};

use crate::sys::directory;

use super::files::{lock, unique};
use super::remove_tree::remove_tree;
use super::store::Store;
use super::task::Changes;

/// The directory of this process.
#[derive(Debug)]
pub(crate) struct LiveDirectory {
    path: PathBuf,
    next: AtomicU32,
    _lock: Flock<File>,
}

/// The prefix of a directory's name until it is locked.
const STARTING: &str = "starting-";

/// The age at which such a directory belongs to a dead process, and not to one that is about to
/// lock it.
const ABANDONED: Duration = Duration::from_secs(60);

impl LiveDirectory {
    /// Makes a directory, and removes those of dead processes. Returns those that it could not
    /// remove.
    pub(crate) fn open(store: &Store) -> io::Result<(Self, Vec<PathBuf>)> {
        let left = remove_dead(store);
        let name = unique();
        // The directory gets its final name after it is locked. So one with a final name and
        // without a lock belongs to a dead process.
        let starting = store.live().join(format!("{STARTING}{name}"));
        fs::create_dir(&starting)?;
        let lock = lock(&starting.join("lock"), FlockArg::LockExclusive)?;
        let path = store.live().join(name);
        fs::rename(starting, &path)?;
        Ok((
            Self {
                path,
                next: AtomicU32::new(0),
                _lock: lock,
            },
            left,
        ))
    }

    /// Returns two empty directories for one overlay, and their parent. They are never used twice:
    /// the kernel refuses a work directory that a volatile overlay has used.
    pub(crate) fn changes(&self) -> io::Result<(Changes, PathBuf)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let directory = self.path.join(number.to_string());
        let [upper, work] = ["upper", "work"].map(|name| directory.join(name));
        fs::create_dir(&directory)?;
        fs::create_dir(&upper)?;
        fs::create_dir(&work)?;
        Ok((Changes::Disk { upper, work }, directory))
    }

    /// Removes the whole directory, at the end of the process.
    pub(crate) fn remove(self) {
        let _ = remove_tree(&self.path);
    }
}

/// Removes the directories of dead processes. Returns those that it could not remove.
pub(crate) fn remove_dead(store: &Store) -> Vec<PathBuf> {
    let mut left = Vec::new();
    for entry in directory::entries(&store.live()) {
        let path = entry.path();
        if is_dead(&path) && remove_tree(&path).is_err() {
            left.push(path);
        }
    }
    left
}

fn is_dead(directory: &Path) -> bool {
    if directory
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(STARTING))
    {
        let modified = fs::metadata(directory).and_then(|facts| facts.modified());
        return modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > ABANDONED));
    }
    // The kernel releases a lock when its process ends.
    match File::open(directory.join("lock")) {
        Ok(file) => Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok(),
        Err(_) => true,
    }
}
