//! The test's own cgroup, below one that the caller may divide: `cgroups(7)`, "delegation".

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::sandbox::file;
use crate::sys::process;

/// The cgroup steps of init.
#[derive(Debug)]
pub(crate) struct CgroupPlan {
    /// The file that moves the process into the test's own cgroup, if there is one.
    procs: Option<Subject>,
    /// Whether the cgroup must become the root of what the test sees, and `clone3` could not do
    /// that. The namespace's root is the cgroup of its first process at that moment.
    namespace: bool,
}

/// A cgroup made for one test. It lasts until [`remove`](Self::remove).
#[derive(Debug)]
pub(crate) struct Cgroup {
    directory: PathBuf,
}

impl CgroupPlan {
    pub(crate) fn new(cgroup: Option<&Cgroup>, namespace: bool) -> Result<Self, SetupError> {
        let procs = cgroup.map(|cgroup| cgroup.directory.join("cgroup.procs"));
        Ok(Self {
            namespace: namespace && procs.is_some(),
            procs: procs.map(|path| Subject::new(&path, None)).transpose()?,
        })
    }
}

pub(crate) fn enter(plan: &CgroupPlan) -> Result<(), Failure<'_>> {
    let Some(procs) = &plan.procs else {
        return Ok(());
    };
    file::write_once(procs.path(), b"0").at_path(Step::EnterCgroup, Call::Write, procs)?;
    if plan.namespace {
        process::unshare(process::NEWCGROUP).at(Step::EnterCgroup, Call::Unshare)?;
    }
    Ok(())
}

impl Cgroup {
    /// Makes a cgroup below `parent` with these settings: a file of its directory, and its value.
    pub(crate) fn make(parent: &Path, settings: &[(&str, u64)]) -> Result<Self, SetupError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = parent.join(format!("ns-test-{}-{number}", process::getpid()));
        fs::create_dir(&directory).map_err(|error| {
            SetupError::from_io(Step::EnterCgroup, Call::Mkdir, &error).at(&directory)
        })?;
        let cgroup = Self { directory };
        for (name, value) in settings {
            let path = cgroup.directory.join(name);
            if let Err(error) = fs::write(&path, value.to_string()) {
                cgroup.remove(Duration::ZERO);
                return Err(SetupError::from_io(Step::LimitCgroup, Call::Write, &error).at(path));
            }
        }
        Ok(cgroup)
    }

    /// Kills all its processes and removes it, with all cgroups that the test has made below.
    /// `false`: it was not empty in time.
    pub(crate) fn remove(&self, patience: Duration) -> bool {
        let begin = Instant::now();
        loop {
            // Since 5.14. On older kernels the test's init has killed the processes.
            let _ = fs::write(self.directory.join("cgroup.kill"), "1");
            match remove_tree(&self.directory) {
                Err(error)
                    if error.kind() != io::ErrorKind::NotFound && begin.elapsed() < patience =>
                {
                    thread::sleep(Duration::from_millis(1));
                }
                result => return result.is_ok(),
            }
        }
    }
}

/// Uses only `rmdir` on cgroup directories: their files can't be removed.
fn remove_tree(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)?.flatten() {
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(directory)
}
