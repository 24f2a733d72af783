//! The place of one key in the store: its drafts and its sealed trees.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::fcntl::{Flock, FlockArg};

use crate::error::SetupError;
use crate::sys::{directory, file};

use super::files::{failed, is_private, lock, make_directory, unique};
use super::remove_tree::remove_tree;
use super::scan::Scanned;
use super::seal::Seal;

/// The place of one key.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(super) directory: PathBuf,
    /// The user whose trees are valid.
    pub(super) uid: u32,
}

/// A tree being filled, by the only process that may do so.
#[derive(Debug)]
pub(crate) struct Draft {
    directory: PathBuf,
    _lock: Flock<File>,
}

/// A sealed tree, which cannot be removed while this exists.
#[derive(Debug)]
pub(crate) struct SealedTree {
    pub(crate) tree: PathBuf,
    pub(crate) seal: Seal,
    _lock: Flock<File>,
}

impl Slot {
    /// Returns the valid tree. `None`: there is none, it has changed since it was sealed, or
    /// another user may write to its directory.
    pub(crate) fn current(&self) -> Option<SealedTree> {
        let sealed = self
            .directory
            .join(fs::read_link(self.directory.join("current")).ok()?);
        if !is_private(&sealed, self.uid).ok()? {
            return None;
        }
        let file = File::open(sealed.join("seal")).ok()?;
        let lock = file::lock(file, FlockArg::LockShared).ok()?;
        // Read the seal after locking: another process may have removed the tree before.
        let seal = Seal::from_text(&fs::read_to_string(sealed.join("seal")).ok()?)?;
        let tree = sealed.join("tree");
        seal.matches(&tree).then_some(SealedTree {
            tree,
            seal,
            _lock: lock,
        })
    }

    /// Waits until no other process prepares this key.
    pub(crate) fn lock(&self) -> Result<Flock<File>, SetupError> {
        let path = self.directory.join("lock");
        loop {
            make_directory(&self.directory).map_err(|error| failed(&self.directory, &error))?;
            let locked =
                lock(&path, FlockArg::LockExclusive).map_err(|error| failed(&path, &error))?;
            // Another process may have removed the whole place during the wait.
            let inode = |facts: io::Result<fs::Metadata>| facts.map(|facts| facts.ino()).ok();
            if inode(locked.metadata()) == inode(fs::metadata(&path)) {
                return Ok(locked);
            }
        }
    }

    /// Makes an empty directory to fill. Removes drafts of killed processes, and returns those that
    /// it could not remove.
    pub(crate) fn begin(&self, lock: Flock<File>) -> Result<(Draft, Vec<PathBuf>), SetupError> {
        let mut left = self.entries("draft-");
        left.retain(|draft| remove_tree(draft).is_err());
        let directory = self.directory.join(format!("draft-{}", unique()));
        let draft = Draft {
            directory,
            _lock: lock,
        };
        for directory in [draft.tree(), draft.work()] {
            let made = DirBuilder::new()
                .recursive(true)
                .mode(0o755)
                .create(&directory);
            made.map_err(|error| failed(&directory, &error))?;
        }
        Ok((draft, left))
    }

    /// Makes the draft the valid tree. Removes older ones that no process uses, and returns those
    /// that it could not remove.
    pub(crate) fn seal(
        &self,
        draft: &Draft,
        function: &str,
        run: &str,
        scanned: Scanned,
    ) -> Result<Vec<PathBuf>, SetupError> {
        // Before the seal gets its time: the work directory has a link to each whiteout, and
        // removing it changes the whiteout's ctime.
        let _ = remove_tree(&draft.work());
        let seal = Seal {
            function: function.to_owned(),
            at: SystemTime::now(),
            run: run.to_owned(),
            scanned,
        };
        let name = format!("sealed-{}", unique());
        let sealed = self.directory.join(&name);
        let written = fs::write(draft.directory.join("seal"), seal.to_text())
            .and_then(|()| fs::rename(&draft.directory, &sealed))
            .and_then(|()| {
                let link = self.directory.join(format!("link-{}", unique()));
                symlink(&name, &link)?;
                fs::rename(&link, self.directory.join("current"))
            });
        written.map_err(|error| failed(&self.directory, &error))?;
        let _ = fs::remove_file(self.failed());
        Ok(self.remove_all_but(&name))
    }

    /// Returns the failure that another process of the same run has written about this preparation,
    /// if it has failed there.
    pub(crate) fn failure(&self) -> Option<String> {
        fs::read_to_string(self.failed()).ok()
    }

    pub(crate) fn write_failure(&self, text: &str) {
        let draft = self.directory.join(format!("failed-{}", unique()));
        let _ = fs::write(&draft, text).and_then(|()| fs::rename(&draft, self.failed()));
    }

    fn failed(&self) -> PathBuf {
        self.directory.join("failed")
    }

    /// Removes older sealed trees that no process uses. Returns those that it could not remove.
    fn remove_all_but(&self, kept: &str) -> Vec<PathBuf> {
        let mut sealed = self.entries("sealed-");
        sealed.retain(|path| !path.ends_with(kept) && remove_unused(path) == Removal::Failed);
        sealed
    }

    /// Removes the whole place, unless a process uses it. While the key is locked, `remove_foreign`
    /// removes the trees that the caller has no rights over.
    pub(super) fn remove(&self, remove_foreign: &mut RemoveForeign<'_>) -> io::Result<bool> {
        let locked = lock(
            &self.directory.join("lock"),
            FlockArg::LockExclusiveNonblock,
        );
        let _lock = match locked {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            other => other?,
        };
        let mut foreign = Vec::new();
        for sealed in self.entries("sealed-") {
            match remove_unused(&sealed) {
                Removal::Done => {}
                Removal::Used => return Ok(false),
                Removal::Failed => foreign.push(sealed),
            }
        }
        // With the lock held, drafts belong to dead processes.
        let mut drafts = self.entries("draft-");
        drafts.retain(|draft| remove_tree(draft).is_err());
        foreign.extend(drafts);
        if !foreign.is_empty() {
            remove_foreign(foreign);
        }
        remove_tree(&self.directory).map(|()| true)
    }

    fn entries(&self, prefix: &str) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for entry in directory::entries(&self.directory) {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                paths.push(entry.path());
            }
        }
        paths
    }
}

/// Removes trees with files of ids that the caller has no rights over.
pub(crate) type RemoveForeign<'a> = dyn FnMut(Vec<PathBuf>) + 'a;

/// The result of a removal.
#[derive(PartialEq, Eq)]
enum Removal {
    Done,
    /// A process uses the tree.
    Used,
    /// The caller has no rights over some of its files.
    Failed,
}

impl Draft {
    /// Returns the directory that the function fills.
    pub(crate) fn tree(&self) -> PathBuf {
        self.directory.join("tree")
    }

    /// Returns the work directory that an overlay needs next to it.
    pub(crate) fn work(&self) -> PathBuf {
        self.directory.join("work")
    }

    /// Discards the draft. Returns the directory if the caller may not remove it.
    pub(crate) fn discard(self) -> Option<PathBuf> {
        remove_tree(&self.directory).err().map(|_| self.directory)
    }
}

/// Removes a sealed tree, unless a process uses it.
fn remove_unused(sealed: &Path) -> Removal {
    let seal = sealed.join("seal");
    match lock(&seal, FlockArg::LockExclusiveNonblock) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Removal::Used,
        _lock => {
            // Without its seal the tree is invisible, even if its removal stops half-way.
            let removed = fs::remove_file(seal).and_then(|()| remove_tree(sealed));
            removed.map_or(Removal::Failed, |()| Removal::Done)
        }
    }
}
