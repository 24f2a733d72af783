//! Protection of the host's own kernel settings from real root, which is only mapped.
//!
//! A user namespace limits capabilities, not ownership. Uid 0 of the machine owns /proc/sys, even
//! when it is mapped to another uid inside, so a plain write would change the host. So every mount
//! of the kernel's own file systems becomes read-only: the machine's, the test's, and copies that a
//! bind mount shows elsewhere. In a proc, that covers the files that belong to the machine. The
//! settings of the test's own namespaces stay writable.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};

use crate::error::{At, Call, Failure, Step};
use crate::sys::{Errno, fd, mount};

use super::hidden_proc_and_sys;
use super::mount_lines::{self, Line};
use super::namespaces::NamespaceMounts;

/// The writable and the read-only parts, for a test with these namespaces.
#[derive(Debug)]
pub(super) struct Protection {
    /// Files and directories of a proc that belong to the machine.
    of_machine: Vec<CString>,
    /// The files below a proc that belong to the test's namespaces.
    own: Vec<&'static CStr>,
    /// Whether /sys shows the test's own network.
    own_sys: bool,
    own_cgroup: bool,
    asked: AskedMounts,
}

/// The targets of the requested mounts, as paths of the test's tree.
#[derive(Debug, Default)]
pub(super) struct AskedMounts {
    /// The test's own files, which stay writable wherever they are.
    pub(super) own: Vec<CString>,
    /// Targets that show parts of the machine's /sys.
    pub(super) of_sys: Vec<CString>,
}

impl Protection {
    pub(super) fn new(
        namespaces: &NamespaceMounts,
        of_machine: &[CString],
        asked: AskedMounts,
    ) -> Self {
        let mut own = vec![c"sys/user"];
        if namespaces.net {
            own.push(c"sys/net");
        }
        if namespaces.ipc {
            own.extend(OF_IPC);
        }
        if namespaces.uts {
            own.extend([c"sys/kernel/hostname", c"sys/kernel/domainname"]);
        }
        Self {
            of_machine: of_machine.to_vec(),
            own,
            own_sys: namespaces.sys,
            own_cgroup: namespaces.cgroup == Some(true),
            asked,
        }
    }

    /// Mounts the protection. `own` is /proc/self, opened when the tree still had a /proc.
    pub(super) fn mount(&self, own: &OwnedFd) -> Result<(), Failure<'static>> {
        hidden_proc_and_sys::keep()?;
        let mut done = Done::default();
        for_each_mount(own, |line| self.protect(line, &mut done))?;
        if done.has_copied_mounts_below {
            // Before 6.8, a table that was read in one piece does not show the mounts that were
            // made meanwhile.
            for_each_mount(own, |line| self.protect_copy(line))?;
        }
        Ok(())
    }

    /// Protects a mount that [`protect_proc`](Self::protect_proc) has copied.
    fn protect_copy(&self, line: &Line<'_>) -> Result<(), Errno> {
        let is_kernels = KERNELS.contains(&line.kind) && line.kind != b"sysfs";
        if is_kernels && !self.is_tests_own(line, is_kernels) && is_on_top(line) {
            or_out_of_sight(mount::make_read_only(line.point(), false))?;
        }
        Ok(())
    }

    fn protect(&self, line: &Line<'_>, done: &mut Done) -> Result<(), Errno> {
        let is_kernels = KERNELS.contains(&line.kind);
        // A copy of a directory below /sys is older than the test's own /sys, and so comes first.
        let is_below = || done.has(line.parent) || self.is_of_sys(line.point().to_bytes());
        if line.kind != b"proc" && !is_kernels && !is_below() {
            return Ok(());
        }
        if self.is_tests_own(line, is_kernels) || !is_on_top(line) {
            return Ok(());
        }
        match line.kind {
            b"proc" => self.protect_proc(line, done),
            _ => {
                done.add(line.id);
                or_out_of_sight(mount::make_read_only(line.point(), false))?;
                if line.kind == b"sysfs" && self.own_sys && line.point() == c"/sys" {
                    self.leave_writable(line, c"devices/virtual/net")?;
                }
                Ok(())
            }
        }
    }

    fn is_of_sys(&self, point: &[u8]) -> bool {
        let mut copies = self.asked.of_sys.iter();
        point.starts_with(b"/sys/") || copies.any(|copy| is_at_or_below(point, copy.to_bytes()))
    }

    fn is_tests_own(&self, line: &Line<'_>, is_kernels: bool) -> bool {
        let is_asked = || self.asked.own.iter().any(|asked| **asked == *line.point());
        let is_own_cgroup = self.own_cgroup && line.point() == c"/sys/fs/cgroup";
        is_own_cgroup || !is_kernels && line.kind != b"proc" && is_asked()
    }

    fn protect_proc(&self, line: &Line<'_>, done: &mut Done) -> Result<(), Errno> {
        if let Some(root) = line.root.strip_prefix(b"/").filter(|root| !root.is_empty()) {
            // A part of the file system, shown elsewhere. The loop also meets the mounts that it
            // makes itself.
            let is_own = self
                .own
                .iter()
                .any(|own| is_at_or_below(root, own.to_bytes()));
            let is_machines = |entry: &CString| is_at_or_below(root, entry.to_bytes());
            if !is_own && self.of_machine.iter().any(is_machines) {
                or_out_of_sight(mount::make_read_only(line.point(), false))?;
            }
            return Ok(());
        }
        for entry in &self.of_machine {
            let path = line.below(entry.to_bytes());
            let path = path.as_c_str();
            if bind_onto_itself(path)? {
                match mount::make_read_only(path, true) {
                    // Before 5.12, or under Podman's filter.
                    Err(Errno::NOSYS | Errno::PERM) => {
                        done.has_copied_mounts_below = true;
                        mount::make_read_only(path, false)?;
                    }
                    other => other?,
                }
            }
        }
        self.own
            .iter()
            .try_for_each(|own| self.leave_writable(line, own))
    }

    /// Shows a part of a read-only mount again, as a writable mount.
    fn leave_writable(&self, line: &Line<'_>, part: &CStr) -> Result<(), Errno> {
        let path = line.below(part.to_bytes());
        let path = path.as_c_str();
        if bind_onto_itself(path)? {
            match mount::make_writable(path) {
                // The machine's own mount is read-only, as in containers.
                Err(Errno::PERM) => {}
                other => other?,
            }
        }
        Ok(())
    }
}

/// The types of file systems that show the kernel's state, except proc.
const KERNELS: [&[u8]; 19] = [
    b"sysfs",
    b"cgroup",
    b"cgroup2",
    b"debugfs",
    b"tracefs",
    b"securityfs",
    b"bpf",
    b"pstore",
    b"efivarfs",
    b"configfs",
    b"fusectl",
    b"binfmt_misc",
    b"selinuxfs",
    b"smackfs",
    b"resctrl",
    b"nfsd",
    b"rpc_pipefs",
    b"hugetlbfs",
    b"xenfs",
];

const OF_IPC: [&CStr; 9] = [
    c"sys/fs/mqueue",
    c"sys/kernel/shmmax",
    c"sys/kernel/shmall",
    c"sys/kernel/shmmni",
    c"sys/kernel/shm_rmid_forced",
    c"sys/kernel/msgmax",
    c"sys/kernel/msgmnb",
    c"sys/kernel/msgmni",
    c"sys/kernel/sem",
];

struct Done {
    /// Mounts that are now read-only, whose children have to follow.
    ids: [u32; 256],
    count: usize,
    /// Whether a bind mount has copied mounts below it that are still writable.
    has_copied_mounts_below: bool,
}

impl Default for Done {
    fn default() -> Self {
        Self {
            ids: [0; 256],
            count: 0,
            has_copied_mounts_below: false,
        }
    }
}

impl Done {
    fn add(&mut self, id: u32) {
        // Kernels have a dozen types of such file systems.
        if let Some(free) = self.ids.get_mut(self.count) {
            *free = id;
            self.count += 1;
        }
    }

    fn has(&self, id: u32) -> bool {
        self.ids[..self.count].contains(&id)
    }
}

/// Runs `each` on every line of the mount table. `own` is /proc/self.
fn for_each_mount(
    own: &OwnedFd,
    each: impl FnMut(&Line<'_>) -> Result<(), Errno>,
) -> Result<(), Failure<'static>> {
    let table = fd::open_at(own.as_fd(), c"mountinfo", fd::READ);
    let table = table.at(Step::ProtectHost, Call::Open)?;
    mount_lines::for_each(&table, each).at(Step::ProtectHost, Call::MountSetattr)
}

/// Returns whether the mount point's path leads to this mount, and not to another one over it.
fn is_on_top(line: &Line<'_>) -> bool {
    match mount::id_of(line.point()) {
        Ok(Some(id)) => id == line.id,
        // Before 5.8: the mount over it is protected as well.
        Ok(None) | Err(Errno::NOSYS | Errno::PERM) => true,
        Err(_) => false,
    }
}

fn is_at_or_below(path: &[u8], tree: &[u8]) -> bool {
    let rest = path.strip_prefix(tree);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Ignores the errors of a mount that no path leads to: it needs no protection.
fn or_out_of_sight(result: Result<(), Errno>) -> Result<(), Errno> {
    match result {
        Err(Errno::NOENT | Errno::NOTDIR | Errno::INVAL) => Ok(()),
        other => other,
    }
}

/// Binds the path onto itself. `false`: there is nothing at the path.
fn bind_onto_itself(path: &CStr) -> Result<bool, Errno> {
    match mount::bind(path, path) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        Err(errno) => Err(errno),
    }
}
