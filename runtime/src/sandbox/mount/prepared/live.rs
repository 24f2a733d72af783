//! Changes of running tests that lie on disk: a directory per process, with a lock that says whether the process is alive.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};

use super::remove_tree::remove_tree;
use super::store::{Store, lock, unique};
use super::task::Changes;

/// The directory of this process.
#[derive(Debug)]
pub(crate) struct LiveDirectory {
    path: PathBuf,
    next: AtomicU32,
    _lock: Flock<File>,
}

/// What the name of a directory begins with until it is locked.
const STARTING: &str = "starting-";

/// How old such a directory is when its process is dead and not just about to lock it.
const ABANDONED: Duration = Duration::from_secs(60);

impl LiveDirectory {
    /// Makes one, and removes those of processes that are gone. What can't be removed is answered.
    pub(crate) fn open(store: &Store) -> io::Result<(Self, Vec<PathBuf>)> {
        let left = remove_dead(&store.live());
        let name = unique();
        // It gets its name when it is locked: one of such a name without a lock is dead.
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

    /// Two empty directories for one overlay, and the directory that holds both. Never used twice: the kernel refuses a work
    /// directory that a volatile overlay has had.
    pub(crate) fn changes(&self) -> io::Result<(Changes, PathBuf)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let directory = self.path.join(number.to_string());
        let [upper, work] = ["upper", "work"].map(|name| directory.join(name));
        fs::create_dir(&directory)?;
        fs::create_dir(&upper)?;
        fs::create_dir(&work)?;
        Ok((Changes::Disk { upper, work }, directory))
    }

    /// Removes all of it, at the end of the process.
    pub(crate) fn remove(self) {
        let _ = remove_tree(&self.path);
    }
}

/// Removes the directories of processes that are gone.
fn remove_dead(live: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(live).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| is_dead(path) && remove_tree(path).is_err())
        .collect()
}

fn is_dead(directory: &Path) -> bool {
    if directory
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(STARTING))
    {
        let modified = fs::metadata(directory).and_then(|facts| facts.modified());
        return modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > ABANDONED));
    }
    // The kernel gives a lock back when its process ends.
    match File::open(directory.join("lock")) {
        Ok(file) => Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok(),
        Err(_) => true,
    }
}
