//! The cgroup that the caller may divide among its tests, if the machine delegates one.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Call, SetupError, Step};
use crate::sys::procfs;
use crate::sys::{Errno, file};

/// A cgroup of version 2 below which the caller may make cgroups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delegation {
    pub(crate) directory: PathBuf,
    /// The controllers available to cgroups below it.
    controllers: Vec<String>,
}

impl Delegation {
    /// Returns the cgroup that `NS_TEST_CGROUP` names, else the caller's own if systemd has marked
    /// it as delegated. A writable cgroup is not enough: a desktop's cgroups are writable, too, and
    /// belong to the desktop.
    pub(crate) fn find() -> Result<Option<Self>, SetupError> {
        if let Some(named) = env::var_os("NS_TEST_CGROUP") {
            return Self::open(Path::new(&named)).map(Some);
        }
        let own = own_directory().filter(|own| is_marked(own));
        Ok(own.and_then(|own| Self::open(&own).ok()))
    }

    pub(crate) fn has(&self, controller: &str) -> bool {
        self.controllers.iter().any(|known| known == controller)
    }

    fn open(directory: &Path) -> Result<Self, SetupError> {
        let refused = |error: &io::Error, path: &Path| {
            SetupError::from_io(Step::Prepare, Call::Open, error)
                .at(path)
                .because(
                    "NS_TEST_CGROUP must name a cgroup (version 2) that the caller may write to: set another one, or unset it",
                )
        };
        let control = directory.join("cgroup.subtree_control");
        let available = procfs::read(directory.join("cgroup.controllers"))
            .map_err(|error| refused(&error, &directory.join("cgroup.controllers")))?;
        fs::OpenOptions::new()
            .write(true)
            .open(&control)
            .map_err(|error| refused(&error, &control))?;
        for controller in ["memory", "pids"]
            .into_iter()
            .filter(|wanted| available.split_whitespace().any(|known| known == *wanted))
        {
            enable(directory, &control, controller);
        }
        let controllers = procfs::read(&control).unwrap_or_default();
        Ok(Self {
            directory: directory.to_owned(),
            controllers: controllers
                .split_whitespace()
                .map(ToOwned::to_owned)
                .collect(),
        })
    }
}

/// Enables the controller for the cgroups below. A cgroup that does so may not contain processes
/// itself (EBUSY, the "no internal processes" rule). So cargo and the harness move one level down.
fn enable(directory: &Path, control: &Path, controller: &str) {
    let write = || fs::write(control, format!("+{controller}"));
    let busy = |error: &io::Error| error.raw_os_error() == Some(Errno::BUSY.number());
    if write().is_err_and(|error| busy(&error)) {
        move_processes_down(directory);
        let _ = write();
    }
}

fn move_processes_down(directory: &Path) {
    let leaf = directory.join("ns-test-callers");
    let _ = fs::create_dir(&leaf);
    let processes = procfs::read(directory.join("cgroup.procs")).unwrap_or_default();
    for pid in processes.lines() {
        let _ = fs::write(leaf.join("cgroup.procs"), pid);
    }
}

/// Returns the directory of the caller's cgroup in the unified hierarchy, if that is mounted.
fn own_directory() -> Option<PathBuf> {
    let memberships = procfs::read("/proc/self/cgroup").ok()?;
    let own = unified_cgroup(&memberships)?;
    let mountinfo = procfs::read("/proc/self/mountinfo").ok()?;
    procfs::mounts(&mountinfo).iter().find_map(|mount| {
        let below = Path::new(own).strip_prefix(&*mount.root).ok()?;
        (mount.kind == "cgroup2").then(|| Path::new(&*mount.point).join(below))
    })
}

/// Returns the path in the unified hierarchy that a `cgroup` file names: `proc_pid_cgroup(5)`.
fn unified_cgroup(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("0::"))
}

/// Returns whether systemd has set its mark for a unit with `Delegate=yes`.
fn is_marked(directory: &Path) -> bool {
    ["user.delegate", "trusted.delegate"]
        .iter()
        .any(|name| file::attribute_is(directory, name, b"1"))
}

#[cfg(test)]
mod tests {
    use super::unified_cgroup;

    #[test]
    fn the_unified_hierarchy_has_number_0() {
        assert_eq!(unified_cgroup("1:cpu:/x\n0::/user\n"), Some("/user"));
        assert_eq!(unified_cgroup("1:cpu:/x\n"), None);
    }
}
