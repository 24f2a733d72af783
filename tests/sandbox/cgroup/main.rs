//! `cgroup` and `limit` with a delegated cgroup. Real root creates one; an ordinary user cannot.

mod fixtures;
mod limited;
mod no_process_left;
mod out_of_memory;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Completion, Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::host;

fn main() -> ExitCode {
    fixture::main_one_by_one(ns_test::run, checks)
}

fn checks() -> Vec<Trial> {
    let mut checks = vec![Trial::test(
        "a_path_that_is_no_cgroup_is_reported",
        a_path_that_is_no_cgroup_is_reported,
    )];
    // Only root can delegate: for other users these checks do not exist.
    if host::is_real_root() {
        checks.push(Trial::ignorable_test("as_root", || {
            if let Some(why) = host::is_before(5, 12, "real root's own cgroups (mount_setattr)") {
                return Ok(Completion::ignored_with(why));
            }
            in_a_delegated_cgroup(None).map(|()| Completion::Completed)
        }));
        checks.push(Trial::test("as_an_ordinary_user", || {
            in_a_delegated_cgroup(Some(65_534))
        }));
        checks.push(Trial::test(
            "without_the_right_to_write",
            without_the_right_to_write,
        ));
        checks.extend(out_of_memory::trials());
        checks.extend(no_process_left::trials());
    }
    checks
}

/// A cgroup below the root of the unified hierarchy, which is removed when the check ends.
struct Delegated(PathBuf);

impl Delegated {
    fn make(owner: Option<u32>) -> Result<Self, Failed> {
        let unified = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].map(Path::new);
        let unified = unified
            .into_iter()
            .find(|path| path.join("cgroup.controllers").exists());
        let directory = unified
            .ok_or("no cgroup2 is mounted")?
            .join(format!("ns-test-suite-{}", std::process::id()));
        fs::create_dir(&directory)?;
        let delegated = Self(directory);
        for name in ["", "cgroup.procs", "cgroup.subtree_control"] {
            std::os::unix::fs::chown(delegated.0.join(name), owner, owner)?;
        }
        Ok(delegated)
    }

    fn children(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect()
    }
}

impl Drop for Delegated {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Runs the fixture inside the cgroup, as this user. The caller starts in a leaf of it: the kernel
/// requires write permission for a common ancestor of both cgroups.
fn in_cgroup(cgroup: &Path, user: Option<u32>, test: &str) -> Result<Transcript, Failed> {
    let leaf = cgroup.join("caller");
    fs::create_dir(&leaf)?;
    std::os::unix::fs::chown(leaf.join("cgroup.procs"), user, user)?;
    let fixture = fixture::command([test, "--exact"]);
    let mut command = std::process::Command::new("sh");
    let drop_root = user.map_or_else(String::new, |id| {
        format!("setpriv --reuid={id} --regid={id} --clear-groups --inh-caps=-all ")
    });
    let script = format!(
        "echo $$ > {}/cgroup.procs && exec {drop_root}\"$0\" \"$@\"",
        leaf.display()
    );
    command
        .args(["-c", &script])
        .arg(std::env::current_exe()?)
        .args(fixture.get_args());
    command
        .env(fixture::VARIABLE, "1")
        .env("NS_TEST_CGROUP", cgroup);
    let transcript = Transcript::of(&mut command);
    fs::remove_dir(&leaf)?;
    Ok(transcript)
}

fn in_a_delegated_cgroup(user: Option<u32>) -> Check {
    let delegated = Delegated::make(user)?;
    for test in ["fixtures::divides_its_cgroup", "fixtures::is_limited"] {
        in_cgroup(&delegated.0, user, test)?.passed(1)?;
        assert_eq!(
            delegated.children(),
            Vec::<PathBuf>::new(),
            "the test's cgroup is gone with it"
        );
    }
    Ok(())
}

fn without_the_right_to_write() -> Check {
    let delegated = Delegated::make(None)?;
    let transcript = in_cgroup(&delegated.0, Some(65_534), "fixtures::divides_its_cgroup");
    // The caller's leaf does not belong to root, or the caller could not enter it. Root owns the
    // rest.
    transcript?.failed_with("NS_TEST_CGROUP must name a cgroup")
}

fn a_path_that_is_no_cgroup_is_reported() -> Check {
    let mut command = fixture::command(["fixtures::is_limited", "--exact"]);
    let transcript = Transcript::of(command.env("NS_TEST_CGROUP", "/proc/self/ns-test-none"));
    transcript.failed_with("/proc/self/ns-test-none/cgroup.controllers): ENOENT")?;
    transcript.failed_with("NS_TEST_CGROUP must name a cgroup")
}
