//! Jails: processes that restrict themselves and then become the fixture.

use std::env;
use std::fs;
use std::io;
use std::os::fd::{AsFd as _, IntoRawFd as _};
use std::os::unix::process::CommandExt;
use std::process::Command;

use ns_test_suite::raw;
use ns_test_suite::seccomp::{self, Rule};

/// The jail that the binary enters before it becomes the fixture.
pub(crate) const JAIL: &str = "NS_TEST_SUITE_JAIL";

/// Filters by the name of their jail.
const FILTERS: [(&str, &[Rule]); 8] = [
    ("debian", seccomp::DEBIAN),
    ("docker", seccomp::DOCKER),
    ("podman", seccomp::PODMAN),
    ("systemd", seccomp::SYSTEMD_WITHOUT_NET),
    ("no_clone3", seccomp::WITHOUT_CLONE3),
    ("no_close_range", seccomp::WITHOUT_CLOSE_RANGE),
    ("no_mount_setattr", seccomp::WITHOUT_MOUNT_SETATTR),
    ("no_pidfd_open", seccomp::WITHOUT_PIDFD_OPEN),
];

/// Becomes the fixture in this jail. Returns only on failure.
pub(crate) fn enter(jail: &str) -> io::Error {
    let filter = FILTERS.iter().find(|(name, _)| *name == jail);
    let locked = match filter {
        Some((_, rules)) => seccomp::install(rules),
        None if jail == DEAD_MOUNT => mount_without_server(),
        None => go_as_deep_as_possible(),
    };
    if let Err(error) = locked {
        return error;
    }
    let mut command = Command::new(env::current_exe().unwrap_or_default());
    command.args(env::args_os().skip(1)).env_remove(JAIL).exec()
}

/// The jail with an unserved FUSE file system at /mnt: a lookup there blocks forever.
pub(crate) const DEAD_MOUNT: &str = "dead_mount";

fn mount_without_server() -> io::Result<()> {
    let connection = fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/fuse")?;
    // The program that this process executes keeps it open.
    let kept = raw::dup(connection.as_fd())?.into_raw_fd();
    raw::mount_with(
        "dead",
        "/mnt",
        "fuse",
        &format!("fd={kept},rootmode=40000,user_id=0,group_id=0"),
    )
}

/// Nests user namespaces up to the kernel's limit: 33.
fn go_as_deep_as_possible() -> io::Result<()> {
    let (uid, gid) = raw::ids();
    let mut own = (uid, gid);
    while raw::unshare(libc::CLONE_NEWUSER).is_ok() {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {} 1", own.0))?;
        fs::write("/proc/self/gid_map", format!("0 {} 1", own.1))?;
        own = (0, 0);
    }
    Ok(())
}
