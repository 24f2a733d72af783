//! A cgroup around a whole run, as that of a container: its limits concern all tests together.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::Failed;
use ns_test_suite::fixture::{self, Check, Transcript};

/// A controller of cgroups that limits a resource.
#[derive(Clone, Copy)]
pub(crate) struct Controller {
    pub(crate) name: &'static str,
    /// The file that holds the limit.
    pub(crate) file: &'static str,
    pub(crate) file_of_first_version: &'static str,
    /// Why a check is skipped on a machine without it.
    pub(crate) missing: &'static str,
}

/// A cgroup with a limit, which is removed when the check ends.
pub(crate) struct Limited {
    directory: PathBuf,
    file: &'static str,
}

impl Limited {
    /// Creates a cgroup without a limit. `None`: no hierarchy has the controller.
    pub(crate) fn make(name: &str, controller: Controller) -> Result<Option<Self>, Failed> {
        let Some((parent, file)) = hierarchy(controller) else {
            return Ok(None);
        };
        let directory = parent.join(format!("ns-test-suite-{name}-{}", std::process::id()));
        fs::create_dir(&directory)?;
        Ok(Some(Self { directory, file }))
    }

    pub(crate) fn limit(&self, to: &str) -> Check {
        Ok(fs::write(self.directory.join(self.file), to)?)
    }

    /// Runs one fixture in the cgroup, as this user.
    pub(crate) fn run(&self, test: &str, user: Option<u32>) -> Result<Transcript, Failed> {
        let as_user = user.map_or_else(String::new, |id| {
            format!("setpriv --reuid={id} --regid={id} --clear-groups --inh-caps=-all ")
        });
        let procs = self.directory.join("cgroup.procs");
        let script = format!(
            "echo $$ >{} && exec {as_user}\"$0\" \"$@\"",
            procs.display()
        );
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .arg(std::env::current_exe()?)
            .args([test, "--exact"])
            .env(fixture::VARIABLE, "1");
        fixture::forget_wishes(&mut command);
        Ok(Transcript::of(&mut command))
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.directory);
    }
}

/// Returns the root of the hierarchy with the controller, and the name of the limit's file.
fn hierarchy(controller: Controller) -> Option<(PathBuf, &'static str)> {
    let unified = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(PathBuf::from);
    let controls = |path: &PathBuf| {
        let enabled = fs::read_to_string(path.join("cgroup.subtree_control")).unwrap_or_default();
        enabled
            .split_whitespace()
            .any(|name| name == controller.name)
    };
    if let Some(path) = unified.into_iter().find(controls) {
        return Some((path, controller.file));
    }
    let first_version = PathBuf::from("/sys/fs/cgroup").join(controller.name);
    // The root of a hierarchy has no limit of processes.
    let is_there = first_version.join("cgroup.procs").exists();
    is_there.then_some((first_version, controller.file_of_first_version))
}
