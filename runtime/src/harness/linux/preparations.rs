//! The state that all tests of a process share for their prepared directories: stores, trees in
//! use, failures.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::error::{Call, SetupError, Step};
use crate::harness::env::NEXTEST_RUN;
use crate::report;
use crate::request::Sandbox;
use crate::request::spec::{Ids, Spec, User};
use crate::sandbox::host::HostFacts;
use crate::sandbox::prepared::key::Key;
use crate::sandbox::prepared::live::{self, LiveDirectory};
use crate::sandbox::prepared::slot::SealedTree;
use crate::sandbox::prepared::store::{Cleaned, Store};
use crate::sandbox::prepared::{Changes, Media, remove_tree};
use crate::sys::procfs;

use crate::sys::lock::lock;

/// The state of this process.
pub(super) struct Preparations {
    pub(super) facts: HostFacts,
    /// The name of this run, for directories that are prepared again once a run.
    pub(super) run: String,
    /// The second store is for trees with files of several ids.
    stores: [OnceLock<Result<Arc<Open>, SetupError>>; 2],
    /// Trees that are protected from removal until this process exits, by their keys' directories.
    in_use: Mutex<Vec<(String, Arc<SealedTree>)>>,
    /// The tests that have reported a preparation's failure, by its key's directory.
    failed: Mutex<Vec<(String, String)>>,
}

/// A store, and what this process has in it.
pub(super) struct Open {
    pub(super) store: Store,
    pub(super) media: Media,
    live: Mutex<Option<LiveDirectory>>,
}

/// The minimum timeout of a preparation without a timeout of its own whose test has one.
pub(super) const AT_LEAST: Duration = Duration::from_secs(60);

fn find<T: Clone>(all: &[(String, T)], key: &Key) -> Option<T> {
    let wanted = key.directory();
    let mut all = all.iter();
    all.find_map(|(directory, value)| (*directory == wanted).then(|| value.clone()))
}

fn put<T>(all: &mut Vec<(String, T)>, key: &Key, value: T) {
    let directory = key.directory();
    all.retain(|(other, _)| *other != directory);
    all.push((directory, value));
}

static PREPARATIONS: OnceLock<Preparations> = OnceLock::new();

impl Preparations {
    /// Returns the state of this process.
    pub(super) fn get() -> &'static Self {
        PREPARATIONS.get_or_init(|| Self {
            facts: HostFacts::gather(),
            run: run(),
            stores: Default::default(),
            in_use: Mutex::default(),
            failed: Mutex::default(),
        })
    }

    /// Opens the store for a test with this request.
    pub(super) fn open(&self, spec: &Spec) -> Result<Arc<Open>, SetupError> {
        let several_ids = has_several_ids(spec);
        let opened = self.stores[usize::from(several_ids)].get_or_init(|| {
            let store = Store::open(&self.facts, several_ids)?;
            Ok(Arc::new(Open {
                media: Media::find(&store),
                store,
                live: Mutex::default(),
            }))
        });
        opened.clone()
    }

    pub(super) fn tree(&self, key: &Key) -> Option<Arc<SealedTree>> {
        find(&lock(&self.in_use), key)
    }

    pub(super) fn keep(&self, key: &Key, tree: SealedTree) -> Arc<SealedTree> {
        let tree = Arc::new(tree);
        put(&mut lock(&self.in_use), key, Arc::clone(&tree));
        tree
    }

    /// Returns the test whose report contains this preparation's failure, if it has failed.
    pub(super) fn failure(&self, key: &Key) -> Option<String> {
        find(&lock(&self.failed), key)
    }

    pub(super) fn fail(&self, key: &Key, test: &str) {
        put(&mut lock(&self.failed), key, test.to_owned());
    }

    /// Returns whether other processes also run tests of this run, as nextest's do.
    pub(super) fn has_other_processes() -> bool {
        env::var_os(NEXTEST_RUN).is_some()
    }
}

impl Open {
    /// Makes a directory on disk for one test's changes. Returns also the directory that contains
    /// it, and the leftovers of dead processes that the caller may not remove.
    pub(super) fn changes(&self) -> Result<(Changes, PathBuf, Vec<PathBuf>), SetupError> {
        let mut live = lock(&self.live);
        let failed = |error: &std::io::Error| {
            SetupError::from_io(Step::PrepareDirectory, Call::Mkdir, error).at(self.store.root())
        };
        let mut left = Vec::new();
        if live.is_none() {
            let (directory, others) =
                LiveDirectory::open(&self.store).map_err(|error| failed(&error))?;
            *live = Some(directory);
            left = others;
        }
        let (changes, directory) = live
            .as_ref()
            .map_or(
                Err(std::io::ErrorKind::NotFound.into()),
                LiveDirectory::changes,
            )
            .map_err(|error| failed(&error))?;
        Ok((changes, directory, left))
    }
}

/// Removes what this process has on disk, when it is about to exit.
pub(super) fn close() {
    let Some(preparations) = PREPARATIONS.get() else {
        return;
    };
    for opened in preparations
        .stores
        .iter()
        .filter_map(OnceLock::get)
        .flatten()
    {
        // A thread that holds the lock now ends with the process, so waiting for the lock could
        // last forever.
        let live = opened.live.try_lock().ok().and_then(|mut live| live.take());
        if let Some(live) = live {
            live.remove();
        }
    }
}

/// Removes all prepared directories that no process uses (`NS_TEST_PREPARE=clean`), and what dead
/// processes have left. Returns the report.
pub(super) fn clean() -> String {
    let mut all = Cleaned::default();
    for store in Store::existing(&HostFacts::gather()) {
        let mut refused = None;
        let mut remove_foreign = |trees: Vec<PathBuf>| {
            refused = remove_with_subordinate_ids(trees).err();
        };
        let dead = live::remove_dead(&store);
        if !dead.is_empty() {
            remove_foreign(dead);
        }
        let mut cleaned = store.remove_all(&mut remove_foreign);
        all.removed += cleaned.removed;
        all.used.append(&mut cleaned.used);
        // The reason is in the sandbox's error, where there is one.
        let reason = |error| refused.clone().unwrap_or(error);
        for (path, error) in cleaned.failed {
            all.failed.push((path, reason(error)));
        }
    }
    report::cleaned(all.removed, &all.used, &all.failed)
}

/// Removes trees with files of the caller's subordinate ids (`subuid(5)`), in a user namespace that
/// maps those. The caller may have threads.
fn remove_with_subordinate_ids(trees: Vec<PathBuf>) -> Result<(), String> {
    let mut rm = Sandbox::new().user_auto().command("rm");
    let output = rm.args(["-rf", "--"]).args(trees).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Returns whether a sandbox of this kind can make files that its caller does not own.
fn has_several_ids(spec: &Spec) -> bool {
    matches!(
        &spec.user,
        Some(User::Namespace {
            ids: Ids::Auto | Ids::Ranges { .. },
            ..
        })
    )
}

/// Returns nextest's name for its run, or else a name unique to this process.
fn run() -> String {
    let own = || format!("process {} {}", std::process::id(), start_time());
    env::var(NEXTEST_RUN).unwrap_or_else(|_| own())
}

/// Returns the start time of this process from proc_pid_stat(5), because pids are used again.
fn start_time() -> String {
    let stat = procfs::read("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit_once(") ")
        .map(|(_, fields)| fields.split(' ').nth(19));
    fields.flatten().unwrap_or_default().to_owned()
}

/// Removes a directory of one test's changes. `Err`: the caller may not remove some of its files.
pub(super) fn remove(directory: &Path) -> Result<(), PathBuf> {
    remove_tree(directory).map_err(|_| directory.to_owned())
}
