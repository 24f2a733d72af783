//! What a test needs of the machine: one name for each thing that a machine may refuse separately.

use std::fmt;

use crate::error::{At, Call, Step};
use crate::request::namespace::Namespace;
use crate::request::spec::{Mount, Net, Overlay, Pid, Spec, Time, User, Uts};
use crate::sandbox::host::HostFacts;
use crate::sys::packet;

use super::veth;

use super::attempt::Question;

/// Something that a machine may refuse to tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// A user namespace, with its id maps: all others depend on it.
    User,
    /// A mount namespace, and mounts in it.
    Mount,
    /// An overlay in it.
    Overlay,
    /// A pid namespace.
    Pid,
    /// Its /proc.
    Proc,
    /// A network namespace.
    Net,
    /// Its /sys.
    Sys,
    /// Pairs of `veth(4)` in it: the `Network` of module `network` needs them.
    Veth,
    /// Sockets of `packet(7)` in it: the links of such a network need one, except direct ones.
    PacketSockets,
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
    /// All requirements in the order of probing: dependencies come first.
    pub(super) const ALL: [Self; 14] = [
        Self::User,
        Self::Mount,
        Self::Overlay,
        Self::Pid,
        Self::Proc,
        Self::Net,
        Self::Sys,
        Self::Veth,
        Self::PacketSockets,
        Self::Ipc,
        Self::Uts,
        Self::HostName,
        Self::Cgroup,
        Self::Time,
    ];

    /// Returns the requirements that it depends on.
    pub(super) fn rests_on(self) -> &'static [Self] {
        match self {
            Self::User => &[],
            Self::Proc => &[Self::User, Self::Mount, Self::Pid],
            Self::Sys => &[Self::User, Self::Mount, Self::Net],
            Self::Ipc | Self::Overlay => &[Self::User, Self::Mount],
            Self::HostName => &[Self::User, Self::Uts],
            Self::Veth | Self::PacketSockets => &[Self::User, Self::Net],
            _ => &[Self::User],
        }
    }

    /// Returns what to try in a sandbox with its namespace, after the steps of the sandbox itself.
    /// The attempt allocates nothing.
    pub(super) fn attempt(self) -> Question {
        match self {
            Self::Veth => |_| veth::try_veth().at(Step::MakeVeth, Call::Netlink),
            Self::PacketSockets => |_| {
                packet::open(4096)
                    .map(drop)
                    .at(Step::OpenPacketSocket, Call::PacketSocket)
            },
            _ => |_| Ok(()),
        }
    }

    /// Returns the required namespace, or the one that the requirement belongs to.
    pub(super) fn namespace(self) -> Namespace {
        match self {
            Self::User => Namespace::User,
            Self::Mount | Self::Overlay => Namespace::Mount,
            Self::Pid | Self::Proc => Namespace::Pid,
            Self::Net | Self::Sys | Self::Veth | Self::PacketSockets => Namespace::Net,
            Self::Ipc => Namespace::Ipc,
            Self::Uts | Self::HostName => Namespace::Uts,
            Self::Cgroup => Namespace::Cgroup,
            Self::Time => Namespace::Time,
        }
    }

    /// Returns the requirement of the namespace itself.
    pub(super) fn of_namespace(namespace: Namespace) -> Self {
        match namespace {
            Namespace::User => Self::User,
            Namespace::Mount => Self::Mount,
            Namespace::Pid => Self::Pid,
            Namespace::Net => Self::Net,
            Namespace::Ipc => Self::Ipc,
            Namespace::Uts => Self::Uts,
            Namespace::Cgroup => Self::Cgroup,
            Namespace::Time => Self::Time,
        }
    }

    /// Returns the namespace's name in `/proc/PID/ns`.
    pub(super) fn kind(self) -> &'static str {
        self.namespace().kind()
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::User => "user namespaces",
            Self::Mount => "mount namespaces",
            Self::Overlay => "overlays",
            Self::Pid => "pid namespaces",
            Self::Proc => "a new /proc",
            Self::Net => "network namespaces",
            Self::Sys => "a new /sys",
            Self::Veth => "veth pairs",
            Self::PacketSockets => "packet sockets",
            Self::Ipc => "ipc namespaces",
            Self::Uts => "uts namespaces",
            Self::HostName => "a new host name",
            Self::Cgroup => "cgroup namespaces",
            Self::Time => "time namespaces",
        })
    }
}

/// All requirements of a test, or several of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirements {
    /// `user(host)`: the caller's own capabilities make the namespaces.
    pub(super) host: bool,
    /// Each requirement once.
    pub(super) all: Vec<Requirement>,
}

impl Requirements {
    pub(crate) fn of(spec: &Spec, facts: &HostFacts) -> Self {
        let resolved = spec.resolve(facts);
        let overlays = spec
            .mount
            .as_ref()
            .is_some_and(|mount| !mount.overlay.is_empty());
        let within = [
            (Requirement::Overlay, overlays),
            (Requirement::Proc, resolved.own_proc),
            (Requirement::Sys, resolved.own_sys),
            (Requirement::HostName, resolved.names),
        ];
        let mut all = Vec::new();
        for namespace in &resolved.namespaces {
            all.push(Requirement::of_namespace(*namespace));
        }
        for (requirement, has) in within {
            if has {
                all.push(requirement);
            }
        }
        Self {
            host: resolved.user == Some(User::Host),
            all,
        }
    }

    /// Returns a sandbox with exactly these requirements.
    pub(super) fn spec(&self) -> Spec {
        let has = |requirement| self.all.contains(&requirement);
        let mount = [Requirement::Mount, Requirement::Sys, Requirement::Overlay];
        let mount = mount.into_iter().any(has);
        // Every machine has this directory, with nothing mounted below it.
        let overlay = has(Requirement::Overlay).then(|| Overlay {
            lower: Vec::new().into(),
            target: "/etc".into(),
            size: None,
        });
        let overlay: Vec<Overlay> = overlay.into_iter().collect();
        let pid = has(Requirement::Pid) || has(Requirement::Proc);
        let net = [
            Requirement::Net,
            Requirement::Sys,
            Requirement::Veth,
            Requirement::PacketSockets,
        ];
        Spec {
            user: Some(if self.host { User::Host } else { User::ROOT }),
            mount: mount.then(|| Mount {
                overlay: overlay.into(),
                ..Mount::BARE
            }),
            pid: pid.then_some(Pid {
                proc: has(Requirement::Proc),
                ..Pid::BARE
            }),
            net: net.into_iter().any(has).then_some(Net::BARE),
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
            all: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, requirement: Requirement) {
        if !self.all.contains(&requirement) {
            self.all.push(requirement);
        }
    }

    pub(super) fn with(mut self, requirement: Requirement) -> Self {
        self.add(requirement);
        self
    }
}
