//! What the real root must not reach though it is only mapped: the host's own kernel settings.
//!
//! A user namespace fences capabilities, not ownership. Uid 0 of the machine owns /proc/sys, and still does when it is mapped
//! to an uid inside, so that a plain write would change the host. Those files are made read-only, but for the ones that
//! belong to the test's own namespaces.

use std::ffi::CStr;

use crate::error::{At, Call, Failure, Step};
use crate::sys::{Errno, mount};

use super::plan::Words;

/// What stays writable and what does not, for a test with these namespaces.
#[derive(Debug)]
pub(super) struct Protection {
    own: Vec<&'static CStr>,
    own_cgroup: bool,
}

impl Protection {
    pub(super) fn new(words: &Words) -> Self {
        let mut own = vec![c"/proc/sys/user"];
        if words.net {
            own.extend([c"/proc/sys/net", c"/sys/devices/virtual/net"]);
        }
        if words.ipc {
            own.extend(OF_IPC);
        }
        if words.uts {
            own.extend([c"/proc/sys/kernel/hostname", c"/proc/sys/kernel/domainname"]);
        }
        Self {
            own,
            own_cgroup: words.cgroup == Some(true),
        }
    }

    pub(super) fn mount(&self) -> Result<(), Failure<'static>> {
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
            mount::make_read_only(c"/sys/fs/cgroup", true)
                .at(Step::ProtectHost, Call::MountSetattr)?;
        }
        Ok(())
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
