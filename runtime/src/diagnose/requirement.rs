//! What a test needs of the machine: one name for each thing that may be refused by itself.

use std::collections::BTreeSet;
use std::fmt;

use crate::request::spec::{Mount, Net, Pid, Spec, Time, User, Uts};
use crate::sandbox::host::HostFacts;
use crate::sys::process;

/// Something that a machine may refuse to tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// A user namespace, with its id maps: every other one rests on it.
    User,
    /// A mount namespace, and mounts in it.
    Mount,
    /// A pid namespace.
    Pid,
    /// Its /proc.
    Proc,
    /// A network namespace.
    Net,
    /// Its /sys.
    Sys,
    /// An IPC namespace.
    Ipc,
    /// A UTS namespace.
    Uts,
    /// A host or domain name in it.
    HostName,
    /// A cgroup namespace.
    Cgroup,
    /// A time namespace.
    Time,
}

impl Requirement {
    /// In the order in which they are probed: what one rests on comes first.
    pub(super) const ALL: [Self; 11] = [
        Self::User,
        Self::Mount,
        Self::Pid,
        Self::Proc,
        Self::Net,
        Self::Sys,
        Self::Ipc,
        Self::Uts,
        Self::HostName,
        Self::Cgroup,
        Self::Time,
    ];

    /// What it can't be had without.
    pub(super) fn rests_on(self) -> &'static [Self] {
        match self {
            Self::User => &[],
            Self::Proc => &[Self::User, Self::Mount, Self::Pid],
            Self::Sys => &[Self::User, Self::Mount, Self::Net],
            Self::Ipc => &[Self::User, Self::Mount],
            Self::HostName => &[Self::User, Self::Uts],
            _ => &[Self::User],
        }
    }

    /// The flag that makes the namespace which it is, or is in.
    pub(super) fn flag(self) -> u64 {
        match self {
            Self::User => process::NEWUSER,
            Self::Mount => process::NEWNS,
            Self::Pid | Self::Proc => process::NEWPID,
            Self::Net | Self::Sys => process::NEWNET,
            Self::Ipc => process::NEWIPC,
            Self::Uts | Self::HostName => process::NEWUTS,
            Self::Cgroup => process::NEWCGROUP,
            Self::Time => process::NEWTIME,
        }
    }

    /// The namespace's name in `/proc/PID/ns`, and in `user.max_*_namespaces`.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Mount => "mnt",
            Self::Pid | Self::Proc => "pid",
            Self::Net | Self::Sys => "net",
            Self::Ipc => "ipc",
            Self::Uts | Self::HostName => "uts",
            Self::Cgroup => "cgroup",
            Self::Time => "time",
        }
    }

    /// The kernel's build option.
    pub(super) fn option(self) -> &'static str {
        match self {
            Self::User => "CONFIG_USER_NS",
            Self::Mount => "CONFIG_NAMESPACES",
            Self::Pid | Self::Proc => "CONFIG_PID_NS",
            Self::Net | Self::Sys => "CONFIG_NET_NS",
            Self::Ipc => "CONFIG_IPC_NS",
            Self::Uts | Self::HostName => "CONFIG_UTS_NS",
            Self::Cgroup => "CONFIG_CGROUPS",
            Self::Time => "CONFIG_TIME_NS",
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::User => "user namespaces",
            Self::Mount => "mount namespaces",
            Self::Pid => "pid namespaces",
            Self::Proc => "an own /proc",
            Self::Net => "network namespaces",
            Self::Sys => "an own /sys",
            Self::Ipc => "ipc namespaces",
            Self::Uts => "uts namespaces",
            Self::HostName => "an own host name",
            Self::Cgroup => "cgroup namespaces",
            Self::Time => "time namespaces",
        })
    }
}

/// All that a test needs, or several of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirements {
    /// `user(host)`: made with the caller's own capabilities.
    pub(super) host: bool,
    pub(super) all: BTreeSet<Requirement>,
}

impl Requirements {
    pub(crate) fn of(spec: &Spec, facts: &HostFacts) -> Self {
        let host = spec.user == Some(User::Host);
        let user = !host && (spec.user.is_some() || spec.has_namespaces());
        let proc = spec.pid.is_some_and(|pid| pid.proc);
        // As `sandbox::Plan` settles it.
        let mount = spec.mount.is_some() || proc || spec.ipc || user && facts.real_root;
        let names = |uts: &Uts| uts.hostname.is_some() || uts.domainname.is_some();
        let all = [
            (Requirement::User, user),
            (Requirement::Mount, mount),
            (Requirement::Pid, spec.pid.is_some()),
            (Requirement::Proc, proc),
            (Requirement::Net, spec.net.is_some()),
            (Requirement::Sys, spec.net.is_some() && mount),
            (Requirement::Ipc, spec.ipc),
            (Requirement::Uts, spec.uts.is_some()),
            (Requirement::HostName, spec.uts.as_ref().is_some_and(names)),
            (Requirement::Cgroup, spec.cgroup),
            (Requirement::Time, spec.time.is_some()),
        ];
        let asked = all.into_iter().filter(|(_, asked)| *asked);
        Self {
            host,
            all: asked.map(|(requirement, _)| requirement).collect(),
        }
    }

    /// A sandbox that needs just these.
    pub(super) fn spec(&self) -> Spec {
        let has = |requirement| self.all.contains(&requirement);
        let pid = has(Requirement::Pid) || has(Requirement::Proc);
        Spec {
            user: Some(if self.host { User::Host } else { User::ROOT }),
            mount: (has(Requirement::Mount) || has(Requirement::Sys)).then_some(Mount::BARE),
            pid: pid.then_some(Pid {
                proc: has(Requirement::Proc),
            }),
            net: (has(Requirement::Net) || has(Requirement::Sys)).then_some(Net::BARE),
            ipc: has(Requirement::Ipc),
            uts: (has(Requirement::Uts) || has(Requirement::HostName)).then(|| Uts {
                hostname: has(Requirement::HostName).then(|| "ns-test".into()),
                domainname: None,
            }),
            cgroup: has(Requirement::Cgroup),
            time: has(Requirement::Time).then_some(Time::BARE),
            ..Spec::NOTHING
        }
    }

    pub(super) fn none(host: bool) -> Self {
        Self {
            host,
            all: BTreeSet::new(),
        }
    }

    pub(super) fn with(mut self, requirement: Requirement) -> Self {
        self.all.insert(requirement);
        self
    }
}
