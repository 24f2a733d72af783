//! What the real root must not reach though it is only mapped: the host's own kernel settings.
//!
//! A user namespace fences capabilities, not ownership. Uid 0 of the machine owns /proc/sys, and still does when it is mapped
//! to an uid inside, so that a plain write would change the host. Those files are made read-only, but for the ones that
//! belong to the test's own namespaces.

use std::ffi::CStr;
use std::os::fd::AsFd;

use crate::error::{At, Call, Failure, Step};
use crate::sys::mount::flags;
use crate::sys::{Errno, file, mount};

use super::namespaces::NamespaceMounts;

/// What stays writable and what does not, for a test with these namespaces.
#[derive(Debug)]
pub(super) struct Protection {
    own: Vec<&'static CStr>,
    own_cgroup: bool,
}

impl Protection {
    pub(super) fn new(namespaces: &NamespaceMounts) -> Self {
        let mut own = vec![c"/proc/sys/user"];
        if namespaces.net {
            own.extend([c"/proc/sys/net", c"/sys/devices/virtual/net"]);
        }
        if namespaces.ipc {
            own.extend(OF_IPC);
        }
        if namespaces.uts {
            own.extend([c"/proc/sys/kernel/hostname", c"/proc/sys/kernel/domainname"]);
        }
        Self {
            own,
            own_cgroup: namespaces.cgroup == Some(true),
        }
    }

    pub(super) fn mount(&self) -> Result<(), Failure<'static>> {
        keep_whole_ones_out_of_sight()?;
        // In this order: what is bound later lies on what is bound first, and stays writable when that is locked.
        let here: [bool; OF_THE_HOST.len()] = bind_all(&OF_THE_HOST)?;
        self.own
            .iter()
            .try_for_each(|path| bind_onto_itself(path).map(drop))?;
        for (path, here) in OF_THE_HOST.iter().zip(here) {
            if here {
                mount::make_read_only(path, false).at(Step::ProtectHost, Call::MountSetattr)?;
            }
        }
        if !self.own_cgroup && bind_onto_itself(c"/sys/fs/cgroup")? {
            protect_cgroups().at(Step::ProtectHost, Call::MountSetattr)?;
        }
        Ok(())
    }
}

/// Where the hierarchies below can't be made read-only in one go (before 5.12, or under Podman's filter) they are hidden.
fn protect_cgroups() -> Result<(), Errno> {
    const PLACE: &CStr = c"/sys/fs/cgroup";
    match mount::make_read_only(PLACE, true) {
        Err(Errno::NOSYS | Errno::PERM) => mount::new_file_system(
            c"tmpfs",
            PLACE,
            flags::NOSUID | flags::RDONLY,
            Some(c"size=4k,mode=755"),
        ),
        other => other,
    }
}

const OF_IPC: [&CStr; 9] = [
    c"/proc/sys/fs/mqueue",
    c"/proc/sys/kernel/shmmax",
    c"/proc/sys/kernel/shmall",
    c"/proc/sys/kernel/shmmni",
    c"/proc/sys/kernel/shm_rmid_forced",
    c"/proc/sys/kernel/msgmax",
    c"/proc/sys/kernel/msgmnb",
    c"/proc/sys/kernel/msgmni",
    c"/proc/sys/kernel/sem",
];

const OF_THE_HOST: [&CStr; 7] = [
    c"/proc/sys",
    c"/proc/sysrq-trigger",
    c"/proc/irq",
    c"/proc/bus",
    c"/proc/acpi",
    c"/proc/scsi",
    c"/sys",
];

/// Leaves a /proc and a /sys that nothing covers in the mount namespace, where no path leads: below a tmpfs that the visible
/// /proc lies over.
///
/// The kernel lets a user namespace mount a new /proc or /sys only where it has a whole one already (`mount_too_revealing`
/// in fs/namespace.c). The visible ones are none once parts of them are made read-only, so that namespaces could not nest.
fn keep_whole_ones_out_of_sight() -> Result<(), Failure<'static>> {
    let copies = [c"/proc", c"/proc", c"/sys"].map(mount::copy_tree);
    // Before 5.2, without a /sys, or below a /proc that is none: then nesting is what the host allows.
    let [Ok(visible), Ok(proc), Ok(sys)] = copies else {
        return Ok(());
    };
    let mounted =
        mount::new_file_system(c"tmpfs", c"/proc", flags::NOSUID, Some(c"size=4k,mode=755"));
    mounted.at(Step::ProtectHost, Call::Mount)?;
    for (tree, place) in [(&proc, c"/proc/proc"), (&sys, c"/proc/sys")] {
        file::make_directory(place, 0o755).at(Step::ProtectHost, Call::Mkdir)?;
        mount::attach(tree.as_fd(), place).at(Step::ProtectHost, Call::MoveMount)?;
    }
    mount::attach(visible.as_fd(), c"/proc").at(Step::ProtectHost, Call::MoveMount)
}

fn bind_all<const COUNT: usize>(paths: &[&CStr; COUNT]) -> Result<[bool; COUNT], Failure<'static>> {
    let mut here = [false; COUNT];
    for (path, here) in paths.iter().zip(&mut here) {
        *here = bind_onto_itself(path)?;
    }
    Ok(here)
}

/// `false`: there is nothing at the path.
fn bind_onto_itself(path: &CStr) -> Result<bool, Failure<'static>> {
    match mount::bind(path, path) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        Err(errno) => Err(errno).at(Step::ProtectHost, Call::Mount),
    }
}
