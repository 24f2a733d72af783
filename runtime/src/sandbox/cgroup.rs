//! A cgroup of the test's own, below one that the caller may divide: `cgroups(7)`, "delegation".

use std::ffi::CString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::host::c_string;
use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::sys::{Errno, file, process};

/// What init does about cgroups.
#[derive(Debug)]
pub(crate) struct CgroupPlan {
    /// The file that takes the process into the test's own cgroup, if there is one.
    procs: Option<Subject>,
    /// Whether the cgroup is to become the root of what the test sees, and `clone3` could not do that: the namespace's root is
    /// the cgroup that its first process is in at that moment.
    namespace: bool,
}

/// A cgroup that was made for one test. It lasts until [`remove`](Self::remove).
#[derive(Debug)]
pub(crate) struct Cgroup {
    directory: PathBuf,
}

impl CgroupPlan {
    pub(crate) fn new(cgroup: Option<&Cgroup>, namespace: bool) -> Result<Self, SetupError> {
        let procs = cgroup.map(|cgroup| cgroup.directory.join("cgroup.procs"));
        let subject = |path: PathBuf| {
            let refused = SetupError::new(Step::Prepare, Call::Check, Errno::INVAL).at(&path);
            c_string(&path)
                .map(|path| Subject {
                    path,
                    asked: None::<CString>,
                })
                .ok_or(refused)
        };
        Ok(Self {
            namespace: namespace && procs.is_some(),
            procs: procs.map(subject).transpose()?,
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
    /// A new cgroup below `parent` with these settings: a file of its directory, and what is written there.
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

    /// Kills what is in it and removes it, with all that the test has made below. `false`: it was not empty in time.
    pub(crate) fn remove(&self, patience: Duration) -> bool {
        let begin = Instant::now();
        loop {
            // Since 5.14; without it the test's init has seen to its end.
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

/// Cgroup directories go by `rmdir` alone: the files in them can't be removed.
fn remove_tree(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)?.flatten() {
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(directory)
}
