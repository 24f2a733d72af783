//! The location of prepared trees: the user's own directory, with one directory for each key.
//!
//! ```text
//! ROOT/CACHEDIR.TAG
//! ROOT/executables/ID              hashes of test binaries
//! ROOT/live/ID/{lock, N/..}        changes of running tests
//! ROOT/trees/KEY/lock              locked by the process that prepares the tree
//! ROOT/trees/KEY/current           a link to the valid sealed tree
//! ROOT/trees/KEY/sealed-ID/{seal, tree/}   users of the tree hold a shared lock on the seal
//! ROOT/trees/KEY/draft-ID/{tree/, work/}
//! ROOT/trees/KEY/failed            the failure, for other processes of the same run
//! ```

use std::env;
use std::fs::{self, DirEntry};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::unistd::{AccessFlags, access};

use crate::error::{Call, SetupError, Step};
use crate::sandbox::host::HostFacts;
use crate::sys::{Errno, directory};

use super::files::{failed, is_private, make_directory};
use super::key::Key;
use super::slot::{RemoveForeign, Slot};

/// The store of one user.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    root: PathBuf,
    uid: u32,
}

/// The result of removing everything.
#[derive(Debug, Default)]
pub(crate) struct Cleaned {
    pub(crate) removed: usize,
    /// The places that a process uses.
    pub(crate) used: Vec<PathBuf>,
    /// The places that could not be removed, each with the reason.
    pub(crate) failed: Vec<(PathBuf, String)>,
}

/// The number of states kept for each family: developers switch between branches.
const KEPT: usize = 3;

const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
# This directory holds directories that ns-test has prepared for tests. NS_TEST_PREPARE=clean removes them.\n";

impl Store {
    /// Opens the store that `NS_TEST_PREPARE_DIR` names, else the one next to the test binary, in
    /// cargo's target directory, else the one in the user's cache directory. Trees with files of
    /// several ids also go to the cache directory, because `cargo clean` could not remove them.
    ///
    /// # Errors
    /// The directory cannot be made, or it belongs to another user.
    pub(crate) fn open(facts: &HostFacts, several_ids: bool) -> Result<Self, SetupError> {
        if let Some(root) = env::var_os("NS_TEST_PREPARE_DIR") {
            let root = facts.working_directory.join(root);
            return Self::make(root, facts.uid);
        }
        let target = facts.target_directory.as_ref().filter(|_| !several_ids);
        let user = user_cache();
        let last = env::temp_dir().join(format!("ns-test-prepared-{}", facts.uid));
        let candidates = [
            target.map(|target| target.join(format!("ns-test-{}", facts.uid))),
            user.map(|cache| cache.join("ns-test")),
            Some(last),
        ];
        let mut refused = None;
        for root in candidates.into_iter().flatten() {
            match Self::make(root, facts.uid) {
                Ok(store) => return Ok(store),
                Err(error) if error.errno() == Errno::PERM => return Err(error),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| failed(Path::new("/"), &ErrorKind::NotFound.into())))
    }

    /// Makes the directories of a store, and checks that they belong only to this user.
    fn make(root: PathBuf, uid: u32) -> Result<Self, SetupError> {
        let store = Self { root, uid };
        store.make_private(&store.root)?;
        for directory in [store.trees(), store.live(), store.memo()] {
            store.make_private(&directory)?;
        }
        let tag = store.root.join("CACHEDIR.TAG");
        if !tag.exists() {
            fs::write(&tag, TAG).map_err(|error| failed(&tag, &error))?;
        }
        Ok(store)
    }

    fn make_private(&self, directory: &Path) -> Result<(), SetupError> {
        make_directory(directory).map_err(|error| failed(directory, &error))?;
        match is_private(directory, self.uid) {
            // Another process may have removed it again. The process that takes its lock makes it
            // again.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Ok(true) => {
                // A target directory that was made elsewhere may be mounted read-only.
                let writable = access(directory, AccessFlags::W_OK);
                return writable.map_err(|errno| failed(directory, &errno.into()));
            }
            Ok(false) => {}
            Err(error) => return Err(failed(directory, &error)),
        }
        let uid = self.uid;
        Err(SetupError::new(Step::PrepareDirectory, Call::Check, Errno::PERM)
            .at(directory)
            .because(format!(
                "prepared directories are kept at this path, which must be a directory that only uid {uid} can write to: remove what is there, or set NS_TEST_PREPARE_DIR"
            )))
    }

    /// Returns all existing stores of this user.
    pub(crate) fn existing(facts: &HostFacts) -> Vec<Self> {
        let stores = [false, true].map(|several_ids| Self::open(facts, several_ids));
        let mut stores: Vec<Self> = stores.into_iter().flatten().collect();
        stores.dedup_by(|one, other| one.root == other.root);
        stores
    }

    /// Returns where hashes of test binaries are stored.
    pub(crate) fn memo(&self) -> PathBuf {
        self.root.join("executables")
    }

    pub(super) fn live(&self) -> PathBuf {
        self.root.join("live")
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the place of a key.
    pub(crate) fn slot(&self, key: &Key) -> Result<Slot, SetupError> {
        let directory = self.trees().join(key.directory());
        self.make_private(&directory)?;
        Ok(self.slot_at(directory))
    }

    /// Removes older states of this key's family that no process uses. `remove_foreign` removes the
    /// trees that the caller has no rights over.
    pub(crate) fn remove_old_states(&self, key: &Key, remove_foreign: &mut RemoveForeign<'_>) {
        let family = key.family_prefix();
        let modified = |entry: &DirEntry| entry.metadata().and_then(|facts| facts.modified());
        let mut siblings: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in directory::entries(&self.trees()) {
            if entry.file_name().to_string_lossy().starts_with(&family) {
                siblings.extend(modified(&entry).map(|modified| (modified, entry.path())));
            }
        }
        siblings.sort();
        let old = siblings.len().saturating_sub(KEPT);
        for (_, directory) in siblings.drain(..old) {
            let _ = self.slot_at(directory).remove(remove_foreign);
        }
    }

    /// Removes all trees that no process uses. `remove_foreign` removes those that the caller has
    /// no rights over.
    pub(crate) fn remove_all(&self, remove_foreign: &mut RemoveForeign<'_>) -> Cleaned {
        let mut cleaned = Cleaned::default();
        for entry in directory::entries(&self.trees()) {
            match self.slot_at(entry.path()).remove(remove_foreign) {
                Ok(true) => cleaned.removed += 1,
                Ok(false) => cleaned.used.push(entry.path()),
                Err(error) => cleaned.failed.push((entry.path(), error.to_string())),
            }
        }
        cleaned
    }

    fn slot_at(&self, directory: PathBuf) -> Slot {
        Slot {
            directory,
            uid: self.uid,
        }
    }

    fn trees(&self) -> PathBuf {
        self.root.join("trees")
    }
}

fn user_cache() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}
