//! What the tests of a process have in common for their prepared directories: stores, trees in use, failures.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use crate::error::{Call, SetupError, Step};
use crate::request::spec::{Ids, Spec, User};
use crate::sandbox::host::HostFacts;
use crate::sandbox::prepared::key::Key;
use crate::sandbox::prepared::live::LiveDirectory;
use crate::sandbox::prepared::store::{SealedTree, Store};
use crate::sandbox::prepared::{Changes, Media, remove_tree};

use crate::sys::lock::lock;

/// Of this process.
pub(super) struct Preparations {
    pub(super) facts: HostFacts,
    /// Names this run, for what is prepared again once a run.
    pub(super) run: String,
    /// The second one is for trees with files of several ids.
    stores: [OnceLock<Result<Arc<Open>, SetupError>>; 2],
    /// Trees that are kept from being removed until this process ends.
    in_use: Mutex<BTreeMap<String, Arc<SealedTree>>>,
    /// The tests that have reported a preparation's failure.
    failed: Mutex<BTreeMap<String, String>>,
}

/// A store, and what this process has in it.
pub(super) struct Open {
    pub(super) store: Store,
    pub(super) media: Media,
    live: Mutex<Option<LiveDirectory>>,
}

static PREPARATIONS: OnceLock<Preparations> = OnceLock::new();

impl Preparations {
    /// Those of this process.
    pub(super) fn get() -> &'static Self {
        PREPARATIONS.get_or_init(|| Self {
            facts: HostFacts::gather(),
            run: run(),
            stores: Default::default(),
            in_use: Mutex::default(),
            failed: Mutex::default(),
        })
    }

    /// The store for a test that asks for this.
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
        lock(&self.in_use).get(&key.directory()).cloned()
    }

    pub(super) fn keep(&self, key: &Key, tree: SealedTree) -> Arc<SealedTree> {
        let tree = Arc::new(tree);
        lock(&self.in_use).insert(key.directory(), Arc::clone(&tree));
        tree
    }

    /// The test whose report has what became of this preparation.
    pub(super) fn failure(&self, key: &Key) -> Option<String> {
        lock(&self.failed).get(&key.directory()).cloned()
    }

    pub(super) fn fail(&self, key: &Key, test: &str) {
        lock(&self.failed).insert(key.directory(), test.to_owned());
    }

    /// Whether other processes run tests of this run, as nextest's do.
    pub(super) fn has_other_processes() -> bool {
        env::var_os("NEXTEST_RUN_ID").is_some()
    }
}

impl Open {
    /// A place on disk for one test's changes, the directory that holds it, and what dead processes have left that the caller may
    /// not remove.
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

/// Removes what this process has on disk, when it is about to end.
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
        // A lock that is held has a holder who is lost with the process; waiting for it could last for ever.
        let live = opened.live.try_lock().ok().and_then(|mut live| live.take());
        if let Some(live) = live {
            live.remove();
        }
    }
}

/// `NS_TEST_PREPARE=clean`: removes all prepared directories that no process uses. Answers with how many, and with what is left.
pub(super) fn clean() -> (usize, Vec<PathBuf>) {
    let (mut removed, mut left) = (0, Vec::new());
    for store in Store::existing(&HostFacts::gather()) {
        let (count, others) = store.remove_all();
        removed += count;
        left.extend(others);
    }
    (removed, left)
}

/// Whether a sandbox of this kind can make files that its caller does not own.
fn has_several_ids(spec: &Spec) -> bool {
    matches!(
        &spec.user,
        Some(User::Namespace {
            ids: Ids::Auto | Ids::Ranges { .. },
            ..
        })
    )
}

/// nextest's name for its run, else one that only this process has.
fn run() -> String {
    let own = || format!("process {} {}", std::process::id(), start_time());
    env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| own())
}

/// When this process was started, as proc_pid_stat(5) counts: pids are used again.
fn start_time() -> String {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit_once(") ")
        .map(|(_, fields)| fields.split(' ').nth(19));
    fields.flatten().unwrap_or_default().to_owned()
}

/// Removes a directory of one test's changes. `Err`: it has files that the caller may not remove.
pub(super) fn remove(directory: &Path) -> Result<(), PathBuf> {
    remove_tree(directory).map_err(|_| directory.to_owned())
}
