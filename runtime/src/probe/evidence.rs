//! What this machine shows of itself: files and values that decide between causes with the same errno.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::place::Place;
use crate::sys::{Errno, filter, ids};

use super::attempt::ask;
use super::need::Need;

/// Facts, as they were read. `None` and empty: not there, or not readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Whether the caller has `CAP_SYS_ADMIN`.
    pub(super) privileged: bool,
    /// The caller's uid, where it has no place in /proc/self/uid_map.
    pub(super) unmapped: Option<u32>,
    /// `kernel.apparmor_restrict_unprivileged_userns`
    pub(super) apparmor_restricts: Option<u64>,
    /// `kernel.unprivileged_userns_clone`
    pub(super) userns_clone: Option<u64>,
    /// `user.max_*_namespaces`, by kind.
    pub(super) limits: BTreeMap<&'static str, u64>,
    /// The kinds in /proc/self/ns; empty where there is no /proc.
    pub(super) kinds: Vec<&'static str>,
    /// Whether /proc/self is there.
    pub(super) proc: bool,
    /// What a filter answers to `unshare` with the flag of a kind, in the kernel's place.
    pub(super) filtered: BTreeMap<&'static str, Errno>,
    /// `Seccomp:` in /proc/self/status.
    pub(super) seccomp: Option<u64>,
    pub(super) mounts: Mounts,
    /// Whether `/` is not that of PID 1, where that may be asked.
    pub(super) other_root: Option<bool>,
    pub(super) selinux_enforces: bool,
    /// `/proc/self/attr/current`
    pub(super) label: Option<String>,
    /// `/proc/version`
    pub(super) version: String,
    pub(super) marks: Marks,
}

/// What /proc/self/mountinfo says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mounts {
    /// Whether it can be read, and holds no line for `/`.
    pub(super) lacks_root: bool,
    /// Mount points that cover parts of /proc.
    pub(super) below_proc: Vec<String>,
    /// Mount points that cover parts of /sys.
    pub(super) below_sys: Vec<String>,
    /// The filesystem on /proc is mounted read-only.
    pub(super) proc_read_only: bool,
}

/// Who runs this machine's processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// `/.dockerenv`
    pub(super) docker: bool,
    /// `/run/.containerenv`
    pub(super) podman: bool,
    /// `KUBERNETES_SERVICE_HOST`
    pub(super) kubernetes: bool,
    /// `GITHUB_ACTIONS`
    pub(super) github: bool,
    /// `GITLAB_CI`
    pub(super) gitlab: bool,
    /// A unit in /proc/self/cgroup.
    pub(super) service: Option<String>,
}

impl Marks {
    pub(super) fn container(&self) -> bool {
        self.docker || self.podman || self.kubernetes
    }

    fn read() -> Self {
        let has = |variable: &str| env::var_os(variable).is_some();
        Self {
            docker: Path::new("/.dockerenv").exists(),
            podman: Path::new("/run/.containerenv").exists(),
            kubernetes: has("KUBERNETES_SERVICE_HOST"),
            github: has("GITHUB_ACTIONS"),
            gitlab: has("GITLAB_CI"),
            service: service(&text("/proc/self/cgroup")),
        }
    }
}

impl Evidence {
    pub(super) fn read(place: &Place) -> Self {
        const CAP_SYS_ADMIN: u64 = 21;
        let status = text("/proc/self/status");
        Self {
            privileged: ids::effective_capabilities()
                .is_ok_and(|held| held >> CAP_SYS_ADMIN & 1 == 1),
            unmapped: fs::read_to_string("/proc/self/uid_map")
                .ok()
                .and_then(|map| unmapped(place.uid, &map)),
            apparmor_restricts: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            userns_clone: number("/proc/sys/kernel/unprivileged_userns_clone"),
            limits: by_kind(|need| {
                number(&format!("/proc/sys/user/max_{}_namespaces", need.kind()))
            }),
            kinds: by_kind(|need| {
                fs::symlink_metadata(format!("/proc/self/ns/{}", need.kind())).ok()
            })
            .into_keys()
            .collect(),
            proc: Path::new("/proc/self/status").exists(),
            filtered: by_kind(filtered),
            seccomp: field(&status, "Seccomp:"),
            mounts: Mounts::of(&text("/proc/self/mountinfo")),
            other_root: other_root(),
            selinux_enforces: number("/sys/fs/selinux/enforce") == Some(1),
            label: Some(
                text("/proc/self/attr/current")
                    .trim_end_matches(['\n', '\0'])
                    .to_owned(),
            )
            .filter(|label| !label.is_empty()),
            version: text("/proc/version").trim().to_owned(),
            marks: Marks::read(),
        }
    }

    pub(super) fn limit(&self, need: Need) -> Option<u64> {
        self.limits.get(need.kind()).copied()
    }

    pub(super) fn filter_on(&self, need: Need) -> Option<Errno> {
        self.filtered.get(need.kind()).copied()
    }
}

impl Mounts {
    pub(super) fn of(mountinfo: &str) -> Self {
        let lines = mountinfo.lines().filter_map(|line| {
            let (place, _) = line.split_once(" - ")?;
            let mut fields = place.split(' ').skip(4);
            Some((fields.next()?, fields.next()?))
        });
        let mounts: Vec<(&str, &str)> = lines.collect();
        let is_read_only = |options: &str| options.split(',').any(|option| option == "ro");
        let top = mounts.iter().rfind(|(point, _)| *point == "/proc");
        let below = |tree: &str| {
            let points = mounts.iter().map(|(point, _)| *point);
            points
                .filter(|point| point.starts_with(tree) && !is_empty_there(point))
                .map(ToOwned::to_owned)
                .collect()
        };
        Self {
            lacks_root: !mounts.is_empty() && mounts.iter().all(|(point, _)| *point != "/"),
            below_proc: below("/proc/"),
            below_sys: below("/sys/"),
            proc_read_only: top.is_some_and(|(_, options)| is_read_only(options)),
        }
    }
}

/// Whether the kernel keeps the directory empty, for mounts: what lies on those covers nothing (`mount_too_revealing` in
/// fs/namespace.c).
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

/// The eight kinds, each by one need.
const KINDS: [Need; 8] = [
    Need::User,
    Need::Mount,
    Need::Pid,
    Need::Net,
    Need::Ipc,
    Need::Uts,
    Need::Cgroup,
    Need::Time,
];

fn by_kind<T>(read: impl Fn(Need) -> Option<T>) -> BTreeMap<&'static str, T> {
    KINDS
        .iter()
        .filter_map(|need| Some((need.kind(), read(*need)?)))
        .collect()
}

fn filtered(need: Need) -> Option<Errno> {
    let errno = ask(|| {
        let answer = filter::answer_to_unshare(need.flag());
        answer.map_or(0, |errno| u8::try_from(errno.number()).unwrap_or(u8::MAX))
    })?;
    (errno != 0).then(|| Errno::from_number(errno.into()))
}

/// The unit that the cgroup lies in, as `proc_pid_cgroup(5)` shows it.
fn service(cgroup: &str) -> Option<String> {
    let names = cgroup.lines().flat_map(|line| line.rsplit('/'));
    names
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|kind| kind == "service")
        })
        .filter(|name| !name.starts_with("user@"))
        .map(ToOwned::to_owned)
        .next()
}

fn unmapped(uid: u32, map: &str) -> Option<u32> {
    let lines = map.lines().filter_map(|line| {
        let mut numbers = line
            .split_whitespace()
            .map(|number| number.parse::<u64>().ok());
        let (first, _, count) = (numbers.next()??, numbers.next()??, numbers.next()??);
        Some((first, count))
    });
    let lines: Vec<(u64, u64)> = lines.collect();
    let id = u64::from(uid);
    let is_mapped = lines
        .iter()
        .any(|(first, count)| id >= *first && id - first < *count);
    let overflow = number("/proc/sys/kernel/overflowuid").unwrap_or(65_534);
    (!is_mapped && id == overflow).then_some(uid)
}

fn other_root() -> Option<bool> {
    let (own, first) = (fs::metadata("/").ok()?, fs::metadata("/proc/1/root/").ok()?);
    Some((own.dev(), own.ino()) != (first.dev(), first.ino()))
}

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn number(path: &str) -> Option<u64> {
    text(path).trim().parse().ok()
}

fn field(status: &str, key: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(key))?;
    rest.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_below_proc_and_a_missing_root_are_seen() {
        let whole = "1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / /proc rw - proc proc rw\n";
        assert_eq!(Mounts::of(whole), Mounts::default());
        let jail =
            "2 1 0:2 / /proc ro - proc proc rw\n3 2 0:3 / /proc/kcore rw - devtmpfs dev rw\n";
        assert_eq!(
            Mounts::of(jail),
            Mounts {
                lacks_root: true,
                below_proc: vec!["/proc/kcore".to_owned()],
                below_sys: Vec::new(),
                proc_read_only: true,
            }
        );
    }

    #[test]
    fn an_unmapped_caller_is_told_from_nobody() {
        assert_eq!(unmapped(65_534, "0 0 4294967295\n"), None);
        assert_eq!(unmapped(65_534, "0 1000 1\n"), Some(65_534));
        assert_eq!(unmapped(65_534, ""), Some(65_534));
    }

    #[test]
    fn a_service_is_told_from_a_session() {
        assert_eq!(
            service("0::/system.slice/runner.service\n").as_deref(),
            Some("runner.service")
        );
        assert_eq!(
            service("0::/user.slice/user-1000.slice/session-2.scope\n"),
            None
        );
        assert_eq!(
            service("0::/user.slice/user@1000.service/app.slice\n"),
            None
        );
    }
}
