//! The kernel's out-of-memory killer ends a service. The cgroup of the whole run has the limit, as a
//! container's has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let users = [
        ("out_of_memory_as_root", None),
        ("out_of_memory_as_an_ordinary_user", Some(65_534)),
    ];
    users.into_iter().map(|(name, user)| {
        Trial::ignorable_test(name, move || {
            let Some(cgroup) = Limited::make(name)? else {
                let reason = "neither cgroup2 nor cgroup1 has a memory controller here";
                return Ok(Completion::ignored_with(reason));
            };
            killed(&cgroup, user)?;
            Ok(Completion::Completed)
        })
    })
}

fn killed(cgroup: &Limited, user: Option<u32>) -> Check {
    let early = cgroup.run("fixtures::is_out_of_memory_before_it_is_ready", user)?;
    early.passed(1)?;
    let late = cgroup.run("fixtures::is_out_of_memory_later", user)?;
    late.failed_with("ns-test: service `greedy` (pid ")?;
    late.failed_with(") was killed by SIGKILL, while the kernel's out-of-memory killer was active")
}

/// A cgroup with little memory, which is removed when the check ends.
struct Limited(PathBuf);

impl Limited {
    /// `None`: no hierarchy has the controller.
    fn make(name: &str) -> Result<Option<Self>, Failed> {
        const MEMORY: &str = "100663296";
        let Some((parent, limit)) = hierarchy() else {
            return Ok(None);
        };
        let directory = parent.join(format!("ns-test-suite-{name}-{}", std::process::id()));
        fs::create_dir(&directory)?;
        let limited = Self(directory);
        fs::write(limited.0.join(limit), MEMORY)?;
        Ok(Some(limited))
    }

    /// Runs one fixture in the cgroup, as this user.
    fn run(&self, test: &str, user: Option<u32>) -> Result<Transcript, Failed> {
        let as_user = user.map_or_else(String::new, |id| {
            format!("setpriv --reuid={id} --regid={id} --clear-groups --inh-caps=-all ")
        });
        let procs = self.0.join("cgroup.procs");
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
        let _ = fs::remove_dir(&self.0);
    }
}

/// Returns the root of the hierarchy with the memory controller, and the name of the limit's file.
fn hierarchy() -> Option<(&'static Path, &'static str)> {
    let unified = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(Path::new);
    let controls = |path: &&Path| {
        let enabled = fs::read_to_string(path.join("cgroup.subtree_control")).unwrap_or_default();
        enabled.split_whitespace().any(|name| name == "memory")
    };
    if let Some(path) = unified.into_iter().find(controls) {
        return Some((path, "memory.max"));
    }
    let first_version = Path::new("/sys/fs/cgroup/memory");
    let has_limit = first_version.join("memory.limit_in_bytes").exists();
    has_limit.then_some((first_version, "memory.limit_in_bytes"))
}
