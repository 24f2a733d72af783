//! What a test requests, as constant data.
//!
//! The attribute writes these values into the test binary; [`Sandbox`](crate::Sandbox) makes the
//! same ones at run time. This module only holds data. [`Plan`](crate::sandbox::Plan) is the single
//! place that adds required options (`pid` needs `mount`, everything needs `user`).

#![expect(
    missing_docs,
    reason = "hidden from users: the attribute's page describes each word and key"
)]

use std::borrow::Cow;
use std::time::Duration;

pub use super::constant_or_owned::{List, OsText, Text};
pub use super::mount::{Bind, Dev, Mount, Overlay, Propagation, Tmp, Tmpfs};
pub use super::offset::Offset;

/// Everything that one test requests of its sandbox. `None` and `false` mean "not requested".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    pub user: Option<User>,
    pub mount: Option<Mount>,
    pub pid: Option<Pid>,
    pub net: Option<Net>,
    pub ipc: bool,
    pub uts: Option<Uts>,
    pub cgroup: bool,
    pub time: Option<Time>,
    pub cwd: Option<OsText>,
    pub env: Env,
    pub limit: Limit,
}

impl Spec {
    /// Requests nothing: the test is only forked.
    pub const NOTHING: Self = Self {
        user: None,
        mount: None,
        pid: None,
        net: None,
        ipc: false,
        uts: None,
        cgroup: false,
        time: None,
        cwd: None,
        env: Env::INHERITED,
        limit: Limit::NONE,
    };

    /// The sandbox of bare `#[ns_test]`: every namespace but `time`.
    pub const HERMETIC: Self = Self {
        user: Some(User::ROOT),
        mount: Some(Mount::BARE),
        pid: Some(Pid::BARE),
        net: Some(Net::BARE),
        ipc: true,
        uts: Some(Uts::BARE),
        cgroup: true,
        ..Self::NOTHING
    };

    /// Returns a sandbox with the same ids, and otherwise only mounts.
    pub(crate) fn only_ids(&self) -> Self {
        Self {
            user: match &self.user {
                Some(User::Namespace { ids, .. }) => Some(User::Namespace {
                    ids: ids.clone(),
                    r#become: None,
                    caps: true,
                }),
                other => other.clone(),
            },
            mount: Some(Mount::BARE),
            ..Self::NOTHING
        }
    }

    /// Returns whether it has any option but `user`.
    pub(crate) fn has_namespaces(&self) -> bool {
        let Self {
            mount,
            pid,
            net,
            ipc,
            uts,
            cgroup,
            time,
            ..
        } = self;
        mount.is_some()
            || pid.is_some()
            || net.is_some()
            || *ipc
            || uts.is_some()
            || *cgroup
            || time.is_some()
    }
}

/// `user`: the caller's identity inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// `user(host)`: no user namespace. For real root only.
    Host,
    /// Any other form: a user namespace.
    Namespace {
        /// The ids that exist inside.
        ids: Ids,
        /// `become = N`: the uid and gid that the body takes, among those that `ids` maps.
        r#become: Option<u32>,
        /// `caps = "none"` sets this to `false`: the body starts without capabilities.
        caps: bool,
    },
}

impl User {
    /// The bare option: uid 0 and gid 0.
    pub const ROOT: Self = Self::Namespace {
        ids: Ids::One { uid: 0, gid: 0 },
        r#become: None,
        caps: true,
    };
}

/// How ids inside map to ids outside; see `user_namespaces(7)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ids {
    /// `uid = U, gid = G`: the caller's own ids under these numbers, no others.
    One { uid: u32, gid: u32 },
    /// `keep`: the caller's own ids under their own numbers.
    Keep,
    /// `ids = "auto"`: the caller as 0, and its first block of `/etc/subuid` and `/etc/subgid` from
    /// 1 on.
    Auto,
    /// `ids = "inner:outer:count"`, `gids = "inner:outer:count"`, repeatable.
    Ranges {
        ids: List<Range>,
        /// Empty: `ids` applies to groups, too.
        gids: List<Range>,
    },
}

/// One line of a map: `count` ids from `inner` on inside are those from `outer` on outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub inner: u32,
    /// `None`: the caller's own id.
    pub outer: Option<u32>,
    pub count: u32,
}

/// `pid`: a separate process tree, with the test as PID 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pid {
    /// `proc = false` leaves the host's /proc in place.
    pub proc: bool,
    /// `as_init`: the body is PID 1.
    pub as_init: bool,
}

impl Pid {
    /// The bare option: with its own /proc.
    pub const BARE: Self = Self {
        proc: true,
        as_init: false,
    };
}

/// `net`: a separate network with only `lo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Net {
    /// `lo = false` leaves `lo` down.
    pub lo: bool,
    /// `sys = false` leaves the host's /sys in place.
    pub sys: bool,
    pub sysctl: List<Sysctl>,
}

impl Net {
    /// The bare option: `lo` up.
    pub const BARE: Self = Self {
        lo: true,
        sys: true,
        sysctl: Cow::Borrowed(&[]),
    };
}

/// `sysctl("ipv4.ip_forward", 1)`: a file below /proc/sys/net and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctl {
    pub key: Text,
    pub value: Text,
}

/// `uts`: a separate host name and NIS domain name; `None` keeps the host's initially.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uts {
    pub hostname: Option<Text>,
    pub domainname: Option<Text>,
}

impl Uts {
    /// The bare option: the host's names, safe to change.
    pub const BARE: Self = Self {
        hostname: None,
        domainname: None,
    };
}

/// `time`: separate monotonic and boot clocks; `time_namespaces(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub monotonic: Offset,
    pub boottime: Offset,
}

impl Time {
    /// The bare option: both clocks as on the host.
    pub const BARE: Self = Self {
        monotonic: Offset::ZERO,
        boottime: Offset::ZERO,
    };
}

/// A name and a value in the environment.
pub type Variable = (OsText, OsText);

/// `env(..)`: the body's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Env {
    /// `env(clear)`, and implied by `keep`: start with an empty environment.
    pub clear: bool,
    pub keep: List<OsText>,
    pub set: List<Variable>,
}

impl Env {
    /// The environment that `cargo test` passes.
    pub const INHERITED: Self = Self {
        clear: false,
        keep: Cow::Borrowed(&[]),
        set: Cow::Borrowed(&[]),
    };
}

/// `limit(..)`: the limits of the test's processes together where the machine has a delegated
/// cgroup, else of each process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub processes: Option<u64>,
    /// In bytes.
    pub memory: Option<u64>,
    pub files: Option<u64>,
    pub cpu: Option<Duration>,
}

impl Limit {
    /// Only the caller's own limits.
    pub const NONE: Self = Self {
        processes: None,
        memory: None,
        files: None,
        cpu: None,
    };
}
