//! The mounts that cover the kernel's own file systems, and the location of `/`:
//! /proc/self/mountinfo.

use crate::sys::procfs::{self, Mount};

/// The facts from /proc/self/mountinfo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MountTable {
    /// Whether it can be read, but has no line for `/`.
    pub(super) lacks_root: bool,
    /// Mount points that cover parts of /proc.
    pub(super) below_proc: Vec<String>,
    /// Mount points that cover parts of /sys.
    pub(super) below_sys: Vec<String>,
    /// Whether the file system on /proc is mounted read-only.
    pub(super) proc_read_only: bool,
    /// The type of the file system on /sys, if one is mounted.
    pub(super) type_of_sys: Option<String>,
    /// Whether a sysfs is mounted that nothing covers, not even in part.
    pub(super) whole_sysfs: bool,
}

impl MountTable {
    pub(super) fn of(mountinfo: &str) -> Self {
        let mounts = procfs::mounts(mountinfo);
        let top = |point: &str| mounts.iter().rfind(|mount| mount.point == point);
        let below = |tree: &str| {
            let points = mounts.iter().map(|mount| &*mount.point);
            points
                .filter(|point| point.starts_with(tree) && !is_empty_there(point))
                .map(ToOwned::to_owned)
                .collect()
        };
        Self {
            lacks_root: !mounts.is_empty() && top("/").is_none(),
            below_proc: below("/proc/"),
            below_sys: below("/sys/"),
            proc_read_only: top("/proc").is_some_and(Mount::is_read_only),
            type_of_sys: top("/sys").map(|mount| mount.kind.to_owned()),
            whole_sysfs: mounts.iter().any(|mount| {
                mount.kind == "sysfs"
                    && mount.root == "/"
                    && !mounts.iter().any(|other| covers(other, mount))
            }),
        }
    }
}

/// Returns whether a mount hides a part of the other one.
fn covers(mount: &Mount<'_>, other: &Mount<'_>) -> bool {
    mount.parent == other.id && mount.id != other.id && !is_empty_there(&mount.point)
}

/// Returns whether the kernel keeps the directory empty, as a mount point. Mounts on such
/// directories cover nothing (`mount_too_revealing` in fs/namespace.c).
fn is_empty_there(point: &str) -> bool {
    const EMPTY: [&str; 13] = [
        "/proc/sys/fs/binfmt_misc",
        "/proc/fs/nfsd",
        "/proc/openprom",
        "/sys/fs/cgroup",
        "/sys/fs/bpf",
        "/sys/fs/pstore",
        "/sys/fs/selinux",
        "/sys/fs/smackfs",
        "/sys/fs/fuse/connections",
        "/sys/kernel/debug",
        "/sys/kernel/tracing",
        "/sys/kernel/config",
        "/sys/kernel/security",
    ];
    let is_below = |empty: &str| {
        point
            .strip_prefix(empty)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    EMPTY.iter().any(|empty| is_below(empty)) || point == "/sys/firmware/efi/efivars"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_below_proc_and_a_missing_root_are_seen() {
        let whole = "1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / /proc rw - proc proc rw\n";
        assert_eq!(MountTable::of(whole), MountTable::default());
        let sysfs = "3 1 0:5 / /sys rw - sysfs sysfs rw\n";
        let seen = MountTable::of(&format!("{whole}{sysfs}"));
        assert_eq!(
            (seen.type_of_sys.as_deref(), seen.whole_sysfs),
            (Some("sysfs"), true)
        );
        let tmpfs = "4 3 0:6 / /sys rw - tmpfs none rw\n";
        let seen = MountTable::of(&format!("{whole}{sysfs}{tmpfs}"));
        assert_eq!(
            (seen.type_of_sys.as_deref(), seen.whole_sysfs),
            (Some("tmpfs"), false)
        );
        let parts = "3 1 0:5 / /sys rw - tmpfs t rw\n4 3 0:6 /class /sys/class rw - sysfs s rw\n";
        let seen = MountTable::of(&format!("{whole}{parts}"));
        assert_eq!(
            (seen.type_of_sys.as_deref(), seen.whole_sysfs),
            (Some("tmpfs"), false)
        );
        let jail =
            "2 1 0:2 / /proc ro - proc proc rw\n3 2 0:3 / /proc/kcore rw - devtmpfs dev rw\n";
        assert_eq!(
            MountTable::of(jail),
            MountTable {
                lacks_root: true,
                below_proc: vec!["/proc/kcore".to_owned()],
                below_sys: Vec::new(),
                proc_read_only: true,
                ..MountTable::default()
            }
        );
    }
}
