//! Version 2 with a delegated cgroup that has `memory` and `pids`, version 1, and none.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use ns_test_suite::fixture::Check;

use crate::machine::{Around, Named, is_reported, passes, script};

pub(crate) const CHECKS: &[Named] = &[
    ("cgroup_v2_delegated", cgroup_v2_delegated),
    ("cgroup_v2_out_of_memory", cgroup_v2_out_of_memory),
    ("cgroup_v1_only", cgroup_v1_only),
    ("no_cgroup", no_cgroup),
];

/// A cgroup that belongs to the ordinary user, and a leaf of it for the caller.
struct Delegated(PathBuf);

impl Delegated {
    fn new() -> Result<Self, Failed> {
        let root = Path::new("/sys/fs/cgroup");
        let delegated = Self(root.join("ns-test-kernels"));
        let leaf = delegated.0.join("caller");
        fs::create_dir_all(&leaf)?;
        for name in [
            "",
            "cgroup.procs",
            "cgroup.subtree_control",
            "caller/cgroup.procs",
        ] {
            chown(delegated.0.join(name), Some(65_534), Some(65_534))?;
        }
        let available = fs::read_to_string(delegated.0.join("cgroup.controllers"))?;
        for controller in ["memory", "pids"] {
            if !available.split_whitespace().any(|name| name == controller) {
                return Err(
                    format!("the guest has no controller `{controller}`: {available}").into(),
                );
            }
        }
        Ok(delegated)
    }

    /// Runs a check in a process that root has moved there.
    fn around(&self, check: impl FnOnce(Around<'_>) -> Check) -> Check {
        let directory = self.0.display();
        let enter = format!(
            "echo $$ >{directory}/caller/cgroup.procs; export NS_TEST_CGROUP={directory}; exec \"$0\" \"$@\""
        );
        check(Around {
            root: &["sh", "-ec", &enter],
            ..Around::default()
        })
    }
}

impl Drop for Delegated {
    fn drop(&mut self) {
        let _ = fs::remove_dir(self.0.join("caller"));
        let _ = fs::remove_dir(&self.0);
    }
}

fn cgroup_v2_delegated() -> Check {
    Delegated::new()?.around(|around| passes(around, "limited::by_files_of_its_cgroup"))
}

fn cgroup_v2_out_of_memory() -> Check {
    let test = "limited::takes_more_than_its_cgroup_has";
    Delegated::new()?.around(|around| is_reported("cgroup_v2_out_of_memory", around, test))
}

/// Checks a machine without a version 2 hierarchy: `cgroup` has none to show, and limits apply to
/// each process.
fn cgroup_v1_only() -> Check {
    with_other_cgroups(
        "umount /sys/fs/cgroup; mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/named; \
         mount -t cgroup -o none,name=named cgroup /sys/fs/cgroup/named; exec \"$0\" \"$@\"",
    )
}

fn no_cgroup() -> Check {
    with_other_cgroups("umount /sys/fs/cgroup; exec \"$0\" \"$@\"")
}

fn with_other_cgroups(mounts: &'static str) -> Check {
    let script = script(mounts);
    let around = Around {
        root: &script,
        ..Around::default()
    };
    passes(around, "fixtures::bare")?;
    passes(around, "limited::process_by_process")
}
