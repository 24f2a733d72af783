//! The location of prepared trees: the user's own directory, with one directory for each key.
//!
//! ```text
//! ROOT/CACHEDIR.TAG
//! ROOT/executables/ID              hashes of test binaries
//! ROOT/live/ID/{lock, N/..}        changes of running tests
//! ROOT/trees/KEY/lock              taken by who prepares
//! ROOT/trees/KEY/current           a link to the sealed tree that counts
//! ROOT/trees/KEY/sealed-ID/{seal, tree/}   the seal is locked, shared, by who uses the tree
//! ROOT/trees/KEY/draft-ID/{tree/, work/}
//! ROOT/trees/KEY/failed            what nextest's other processes should know
//! ```

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use nix::fcntl::{Flock, FlockArg, OFlag};

use crate::error::{Call, SetupError, Step};
use crate::sandbox::host::HostFacts;
use crate::sys::Errno;

use super::key::Key;
use super::remove_tree::remove_tree;
use super::scan::Scanned;
use super::seal::Seal;

/// The store of one user.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

/// The place of one key.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    directory: PathBuf,
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

/// The number of states kept for each family: developers switch between branches.
const KEPT: usize = 3;

/// Above this number of files a tree is not checked for changes at each process start.
const MOST_SEARCHED: u64 = 50_000;

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
            return make(&root, facts.uid).map(|()| Self { root });
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
            match make(&root, facts.uid) {
                Ok(()) => return Ok(Self { root }),
                Err(error) if error.errno() == Errno::PERM => return Err(error),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| failed(Path::new("/"), &ErrorKind::NotFound.into())))
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
        let directory = self.root.join("trees").join(key.directory());
        make_directory(&directory).map_err(|error| failed(&directory, &error))?;
        Ok(Slot { directory })
    }

    /// Removes older states of this key's family that no process uses.
    pub(crate) fn remove_old_states(&self, key: &Key) {
        let family = key.family_prefix();
        let siblings = fs::read_dir(self.root.join("trees")).into_iter().flatten();
        let siblings = siblings
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&family));
        let mut siblings: Vec<(SystemTime, PathBuf)> = siblings
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        siblings.sort();
        let old = siblings.len().saturating_sub(KEPT);
        for (_, directory) in &siblings[..old] {
            let _ = Slot {
                directory: directory.clone(),
            }
            .remove();
        }
    }

    /// Removes all trees that no process uses. Returns those that the caller may not remove.
    pub(crate) fn remove_all(&self) -> (usize, Vec<PathBuf>) {
        let (mut removed, mut left) = (0, Vec::new());
        for entry in fs::read_dir(self.root.join("trees"))
            .into_iter()
            .flatten()
            .flatten()
        {
            match (Slot {
                directory: entry.path(),
            })
            .remove()
            {
                Ok(true) => removed += 1,
                Ok(false) => left.push(entry.path()),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    left.push(entry.path());
                }
                Err(_) => {}
            }
        }
        (removed, left)
    }
}

impl Slot {
    /// Returns the valid tree. `None`: there is none, or it has changed since it was sealed.
    pub(crate) fn current(&self) -> Option<SealedTree> {
        let sealed = self
            .directory
            .join(fs::read_link(self.directory.join("current")).ok()?);
        let file = File::open(sealed.join("seal")).ok()?;
        let lock = Flock::lock(file, FlockArg::LockShared).ok()?;
        // Read the seal after locking: another process may have removed the tree before.
        let seal = Seal::from_text(&fs::read_to_string(sealed.join("seal")).ok()?)?;
        let tree = sealed.join("tree");
        let is_directory = fs::symlink_metadata(&tree).is_ok_and(|facts| facts.is_dir());
        let is_unchanged =
            seal.scanned.entries > MOST_SEARCHED || !has_changed_since(&tree, seal.at);
        (is_directory && is_unchanged).then_some(SealedTree {
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
        let mut left = Vec::new();
        for entry in fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let is_draft = entry.file_name().to_string_lossy().starts_with("draft-");
            if is_draft && remove_tree(&entry.path()).is_err() {
                left.push(entry.path());
            }
        }
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

    /// Makes the draft the valid tree.
    pub(crate) fn seal(
        &self,
        draft: &Draft,
        function: &str,
        run: &str,
        scanned: Scanned,
    ) -> Result<(), SetupError> {
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
        self.remove_all_but(&name);
        Ok(())
    }

    /// Returns the failure that another process of the same run has written about this preparation.
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

    /// Removes older sealed trees that no process uses.
    fn remove_all_but(&self, kept: &str) {
        for entry in fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("sealed-") && name != kept {
                let _ = remove_unused(&entry.path());
            }
        }
    }

    /// Removes the whole place. `false`: a process uses it.
    fn remove(&self) -> io::Result<bool> {
        let Ok(_lock) = lock(
            &self.directory.join("lock"),
            FlockArg::LockExclusiveNonblock,
        ) else {
            return Ok(false);
        };
        for entry in fs::read_dir(&self.directory)?.flatten() {
            let is_sealed = entry.file_name().to_string_lossy().starts_with("sealed-");
            if is_sealed && !remove_unused(&entry.path())? {
                return Ok(false);
            }
        }
        remove_tree(&self.directory).map(|()| true)
    }
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

/// Removes the tree. `false`: a process uses it.
fn remove_unused(sealed: &Path) -> io::Result<bool> {
    match lock(&sealed.join("seal"), FlockArg::LockExclusiveNonblock) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        _ => remove_tree(sealed).map(|()| true),
    }
}

/// Returns whether a file in the tree has been written, moved or given other attributes since. Each
/// changes its ctime, which programs cannot set. A file that cannot be read counts as unchanged,
/// because this user cannot have written it.
fn has_changed_since(tree: &Path, sealed_at: SystemTime) -> bool {
    let since = sealed_at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let since = (
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        i64::from(since.subsec_nanos()),
    );
    let is_newer = |facts: &fs::Metadata| (facts.ctime(), facts.ctime_nsec()) > since;
    let mut directories = vec![tree.to_owned()];
    if fs::symlink_metadata(tree).is_ok_and(|facts| is_newer(&facts)) {
        return true;
    }
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(facts) = entry.metadata() else {
                continue;
            };
            if is_newer(&facts) {
                return true;
            }
            if facts.is_dir() {
                directories.push(entry.path());
            }
        }
    }
    false
}

/// Makes the root of a store, and checks that it belongs only to this user.
fn make(root: &Path, uid: u32) -> Result<(), SetupError> {
    for directory in ["", "trees", "live", "executables"] {
        let directory = root.join(directory);
        make_directory(&directory).map_err(|error| failed(&directory, &error))?;
        let facts = fs::symlink_metadata(&directory).map_err(|error| failed(&directory, &error))?;
        let is_ours = facts.is_dir() && facts.uid() == uid && facts.mode() & 0o022 == 0;
        if !is_ours {
            return Err(SetupError::new(Step::PrepareDirectory, Call::Check, Errno::PERM)
                .at(directory)
                .because(format!(
                    "prepared directories are kept here, but it is not a directory that only uid {uid} can write to: remove it"
                )));
        }
    }
    let tag = root.join("CACHEDIR.TAG");
    if !tag.exists() {
        fs::write(&tag, TAG).map_err(|error| failed(&tag, &error))?;
    }
    Ok(())
}

fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn user_cache() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}

/// Opens a file, creates it if it does not exist, and locks it.
pub(super) fn lock(path: &Path, how: FlockArg) -> io::Result<Flock<File>> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)?;
    loop {
        match Flock::lock(file, how) {
            Ok(locked) => return Ok(locked),
            Err((again, nix::errno::Errno::EINTR)) => file = again,
            Err((_, errno)) => return Err(errno.into()),
        }
    }
}

/// Returns a name that no other process has, and that this process uses once.
pub(super) fn unique() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    format!("{}-{number}-{:x}", std::process::id(), since.as_nanos())
}

pub(super) fn failed(path: &Path, error: &io::Error) -> SetupError {
    SetupError::from_io(Step::PrepareDirectory, Call::Open, error).at(path)
}
