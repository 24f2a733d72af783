//! The remedies for a missing path or resource. (Refusals have their own remedies: see
//! diagnose/cause.rs.)

use std::path::Path;

use crate::sys::Errno;

use super::step::{Call, Step};

/// Returns the remedy, where one is known.
pub(super) fn of(
    step: Step,
    call: Call,
    errno: Errno,
    path: Option<&Path>,
) -> Option<&'static str> {
    of_resource(call, errno).or_else(|| of_path(step, call, errno, path.and_then(Path::to_str)))
}

/// Returns the remedy, if the errno means that the process or the machine has too little of a
/// resource.
pub(super) fn of_resource(call: Call, errno: Errno) -> Option<&'static str> {
    let makes_process = matches!(call, Call::Clone3 | Call::Fork);
    let mounts = matches!(call, Call::Mount | Call::MoveMount);
    Some(match errno {
        // mount(2): the table of devices for file systems without a disk is full.
        Errno::MFILE if mounts => {
            "too many file systems without a disk (tmpfs, proc, overlays) are mounted on this machine: unmount some"
        }
        Errno::MFILE => "too many files are open in this process: raise `ulimit -n`",
        Errno::NFILE => "too many files are open on this machine: raise the sysctl fs.file-max",
        Errno::FBIG => {
            "the file-size limit is reached (it also applies to files in memory): raise `ulimit -f`"
        }
        Errno::AGAIN if makes_process => {
            "no more processes are allowed: raise `ulimit -u`, or pids.max of the cgroup"
        }
        Errno::NOMEM => {
            "the machine, or the cgroup of the tests, has no memory left: run fewer tests at once (--test-threads)"
        }
        Errno::DQUOT if call == Call::Keyctl => {
            "this user has too many keys: raise the sysctl kernel.keys.maxkeys"
        }
        Errno::DQUOT => "the disk quota of this user is used up: delete files, or raise the quota",
        Errno::AGAIN if call == Call::Mkdir => {
            "too many cgroups: raise cgroup.max.descendants or cgroup.max.depth in the ancestor cgroups"
        }
        Errno::NOSPC if mounts => "the limit of mounts is reached: raise the sysctl fs.mount-max",
        Errno::NOSPC if matches!(call, Call::Write | Call::Mkdir | Call::Open | Call::Symlink) => {
            "no space is left on that file system: delete files, or use another file system"
        }
        _ => return None,
    })
}

fn of_path(step: Step, call: Call, errno: Errno, path: Option<&str>) -> Option<&'static str> {
    if (step, errno) == (Step::SetSysctl, Errno::ROFS) {
        return Some("/proc/sys is read-only here: `pid` gives the test its own /proc");
    }
    if ![Errno::NOENT, Errno::NOTDIR].contains(&errno) {
        return None;
    }
    match (step, path) {
        (Step::DenySetgroups | Step::MapUids | Step::MapGids | Step::SetClocks, _) => {
            Some("there is no /proc here: run `mount -t proc proc /proc` as root")
        }
        (Step::MountTmpfs, Some("/tmp")) => Some(
            "there is no /tmp here: create it with `mkdir -m 1777 /tmp`, or write `mount(tmp = \"host\")`",
        ),
        (Step::MountTmpfs, Some("/dev/shm")) => Some(
            "there is no /dev/shm here: create it with `mkdir -m 1777 /dev/shm`, or write `mount(dev = \"own\")`",
        ),
        (Step::MountProc, _) => Some(
            "there is no /proc directory: create it with `mkdir /proc`, or write `pid(proc = false)`",
        ),
        (_, Some("/dev/null")) => {
            Some("there is no /dev/null here: create it with `mknod -m 666 /dev/null c 1 3`")
        }
        _ if errno == Errno::NOENT && matches!(call, Call::Mount | Call::MoveMount) => Some(
            "ns-test creates no mount points on the host's disk: create the directory, or mount an overlay or a tmpfs on its parent, where mount points are created: `overlay = \"/srv\"` for /srv/data",
        ),
        _ => None,
    }
}
