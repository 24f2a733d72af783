//! The evidence on this machine: files and values that distinguish causes with the same errno.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::Step;
use crate::request::namespace::Namespace;
use crate::sandbox::host::HostFacts;
use crate::sandbox::spawn::ask;
use crate::sys::{Errno, ids, seccomp};

use super::environment::Environment;
use super::mount_table::MountTable;
use super::requirement::Requirement;
use crate::sys::procfs;

/// Facts as read from the machine. `None` and empty: missing, or not readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Whether the caller has `CAP_SYS_ADMIN`.
    pub(super) privileged: bool,
    /// The caller's uid, if it is not in /proc/self/uid_map.
    pub(super) unmapped: Option<u32>,
    /// `kernel.apparmor_restrict_unprivileged_userns`
    pub(super) apparmor_restricts: Option<u64>,
    /// `kernel.unprivileged_userns_clone`
    pub(super) userns_clone: Option<u64>,
    /// `user.max_*_namespaces`, by kind.
    pub(super) limits: ByKind<u64>,
    /// The kinds in /proc/self/ns; empty if there is no /proc.
    pub(super) kinds: Vec<&'static str>,
    /// Whether /proc/self exists.
    pub(super) proc: bool,
    /// The errno that a filter returns for `unshare` with the flag of a kind.
    pub(super) filtered: ByKind<Errno>,
    /// `Seccomp:` in /proc/self/status.
    pub(super) seccomp: Option<u64>,
    /// The types of file systems in /proc/filesystems; empty if it can't be read.
    pub(super) file_systems: Vec<String>,
    /// The security modules in /sys/kernel/security/lsm, if that can be read.
    pub(super) security_modules: Option<String>,
    pub(super) mounts: MountTable,
    /// Whether `/` differs from PID 1's in the same mount namespace, if the caller can compare
    /// them.
    pub(super) other_root: Option<bool>,
    pub(super) selinux_enforces: bool,
    /// `/proc/self/attr/current`
    pub(super) label: Option<String>,
    /// `/proc/version`
    pub(super) version: String,
    pub(super) environment: Environment,
}

impl Evidence {
    pub(super) fn read(facts: &HostFacts) -> Self {
        const CAP_SYS_ADMIN: u64 = 21;
        let status = text("/proc/self/status");
        Self {
            privileged: ids::effective_capabilities()
                .is_ok_and(|held| held >> CAP_SYS_ADMIN & 1 == 1),
            unmapped: procfs::read("/proc/self/uid_map")
                .ok()
                .and_then(|map| unmapped(facts.uid, &map)),
            apparmor_restricts: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            userns_clone: number("/proc/sys/kernel/unprivileged_userns_clone"),
            limits: by_kind(|of| number(&of.limit_file())),
            kinds: kinds(),
            proc: Path::new("/proc/self/status").exists(),
            filtered: by_kind(filtered),
            seccomp: field(&status, "Seccomp:"),
            file_systems: file_systems(&text("/proc/filesystems")),
            security_modules: Some(text("/sys/kernel/security/lsm"))
                .filter(|modules| !modules.is_empty()),
            mounts: MountTable::of(&text("/proc/self/mountinfo")),
            other_root: other_root(),
            selinux_enforces: number("/sys/fs/selinux/enforce") == Some(1),
            label: Some(
                text("/proc/self/attr/current")
                    .trim_end_matches(['\n', '\0'])
                    .to_owned(),
            )
            .filter(|label| !label.is_empty()),
            version: text("/proc/version").trim().to_owned(),
            environment: Environment::read(),
        }
    }

    pub(super) fn limit(&self, requirement: Requirement) -> Option<u64> {
        of_kind(&self.limits, requirement.kind())
    }

    /// Returns the errno with which a seccomp filter answers `unshare` with the requirement's flag.
    ///
    /// An errno other than EINVAL proves a filter only if this process has one. Debian's kernels
    /// check `kernel.unprivileged_userns_clone` before they validate the flags.
    pub(super) fn filter_on(&self, requirement: Requirement) -> Option<Errno> {
        if !self.may_be_filtered() || requirement == Requirement::User && self.users_may_not() {
            return None;
        }
        of_kind(&self.filtered, requirement.kind())
    }

    /// Returns whether a seccomp filter can be active: mode 2 of `proc_pid_status(5)`, or no /proc
    /// to read the mode from.
    pub(super) fn may_be_filtered(&self) -> bool {
        self.seccomp.is_none_or(|mode| mode == 2)
    }

    /// Returns whether Debian's sysctl forbids this caller user namespaces.
    pub(super) fn users_may_not(&self) -> bool {
        self.userns_clone == Some(0) && !self.privileged
    }

    /// Returns the file system type that a step mounts, if this kernel lacks it.
    pub(super) fn missing_file_system(&self, step: Step) -> Option<&'static str> {
        let kind = match step {
            Step::MountProc => "proc",
            Step::MountSys => "sysfs",
            Step::MountMqueue => "mqueue",
            Step::MountTmpfs | Step::MountScratch => "tmpfs",
            Step::MountOverlay => "overlay",
            _ => return None,
        };
        let known = &self.file_systems;
        (!known.is_empty() && !known.iter().any(|name| name == kind)).then_some(kind)
    }

    /// Returns the label, if it is an AppArmor profile in enforce mode.
    pub(super) fn enforced_profile(&self) -> Option<&str> {
        self.label
            .as_deref()
            .filter(|label| label.ends_with("(enforce)"))
    }

    /// Returns whether a security module with a hook for user namespaces may have refused one.
    pub(super) fn has_security_module(&self) -> bool {
        let hooked = ["apparmor", "bpf", "selinux", "smack", "tomoyo"];
        self.security_modules
            .as_ref()
            .is_none_or(|modules| modules.split(',').any(|name| hooked.contains(&name.trim())))
    }
}

/// Values by the kind of namespace, each kind once.
pub(super) type ByKind<T> = Vec<(&'static str, T)>;

pub(super) fn of_kind<T: Copy>(all: &ByKind<T>, wanted: &str) -> Option<T> {
    let mut all = all.iter();
    all.find_map(|(kind, value)| (*kind == wanted).then_some(*value))
}

/// Returns the kinds of namespaces that the kernel has.
fn kinds() -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for namespace in Namespace::ALL {
        let file = format!("/proc/self/ns/{}", namespace.kind());
        if fs::symlink_metadata(file).is_ok() {
            kinds.push(namespace.kind());
        }
    }
    kinds
}

/// Returns the names in /proc/filesystems. Some lines have `nodev` and a tab first.
fn file_systems(table: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in table.lines() {
        names.push(line.rsplit('\t').next().unwrap_or(line).to_owned());
    }
    names
}

fn by_kind<T>(read: impl Fn(Namespace) -> Option<T>) -> ByKind<T> {
    let mut all = Vec::new();
    for namespace in Namespace::ALL {
        all.extend(read(namespace).map(|read| (namespace.kind(), read)));
    }
    all
}

fn filtered(namespace: Namespace) -> Option<Errno> {
    let errno = ask(|| {
        let answer = seccomp::answer_to_unshare(namespace.flag());
        answer.map_or(0, |errno| u8::try_from(errno.number()).unwrap_or(u8::MAX))
    })?;
    (errno != 0).then(|| Errno::from_number(errno.into()))
}

fn unmapped(uid: u32, map: &str) -> Option<u32> {
    let id = u64::from(uid);
    let is_mapped = id_map(map)
        .iter()
        .any(|[first, _, count]| id >= *first && id - first < *count);
    let overflow = number("/proc/sys/kernel/overflowuid").unwrap_or(65_534);
    (!is_mapped && id == overflow).then_some(uid)
}

/// Parses a `uid_map` or `gid_map`: the first id inside, the first id outside, and the count.
fn id_map(text: &str) -> Vec<[u64; 3]> {
    let range = |line: &str| {
        let mut numbers = line.split_whitespace().map(|number| number.parse().ok());
        Some([numbers.next()??, numbers.next()??, numbers.next()??])
    };
    let mut ranges = Vec::new();
    for line in text.lines() {
        ranges.extend(range(line));
    }
    ranges
}

fn other_root() -> Option<bool> {
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/mnt")).ok();
    if namespace("self")? != namespace("1")? {
        // In another mount namespace a different root is not a chroot: pivot_root(2) has made it.
        return None;
    }
    Some(identity("/")? != identity("/proc/1/root/")?)
}

/// Returns the directory and the mount of a path: a chroot to a mount point may have the inode of
/// the root.
fn identity(path: &str) -> Option<(u64, u64, Option<u64>)> {
    let directory = fs::File::open(path).ok()?;
    let facts = directory.metadata().ok()?;
    let info = text(&format!("/proc/self/fdinfo/{}", directory.as_raw_fd()));
    Some((facts.dev(), facts.ino(), field(&info, "mnt_id:")))
}

fn text(path: &str) -> String {
    procfs::read(path).unwrap_or_default()
}

fn number(path: &str) -> Option<u64> {
    text(path).trim().parse().ok()
}

fn field(status: &str, key: &str) -> Option<u64> {
    procfs::field(status, key)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unmapped_caller_is_distinguished_from_uid_65534() {
        assert_eq!(unmapped(65_534, "0 0 4294967295\n"), None);
        assert_eq!(unmapped(65_534, "0 1000 1\n"), Some(65_534));
        assert_eq!(unmapped(65_534, ""), Some(65_534));
    }

    #[test]
    fn maps_have_three_numbers_a_line() {
        assert_eq!(
            id_map("   0  1000  1\n  1 100000 65536\nbad\n"),
            [[0, 1000, 1], [1, 100_000, 65_536]]
        );
    }
}
