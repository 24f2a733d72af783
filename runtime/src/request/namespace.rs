//! The eight namespaces of `namespaces(7)`, and the names of each.

#[cfg(target_os = "linux")]
use crate::sys::process;

/// A kind of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Namespace {
    User,
    Mount,
    Pid,
    Net,
    Ipc,
    Uts,
    Cgroup,
    Time,
}

impl Namespace {
    /// All kinds, in the order of the attribute's page.
    pub(crate) const ALL: [Self; 8] = [
        Self::User,
        Self::Mount,
        Self::Pid,
        Self::Net,
        Self::Ipc,
        Self::Uts,
        Self::Cgroup,
        Self::Time,
    ];

    /// Returns the attribute's option, which `unshare(1)` and `nsenter(1)` also use as a long
    /// option.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Mount => "mount",
            other => other.kind(),
        }
    }

    /// Returns the name in `/proc/PID/ns` and in `user.max_*_namespaces`.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Mount => "mnt",
            Self::Pid => "pid",
            Self::Net => "net",
            Self::Ipc => "ipc",
            Self::Uts => "uts",
            Self::Cgroup => "cgroup",
            Self::Time => "time",
        }
    }

    /// Returns the file of `/proc/PID/ns` for the namespace of PID's new processes.
    pub(crate) fn file_for_children(self) -> &'static str {
        match self {
            // init made it by unshare(2), which moves only children: `sandbox/time.rs`.
            Self::Time => "time_for_children",
            other => other.kind(),
        }
    }

    /// Returns the sysctl that limits the number of these namespaces.
    pub(crate) fn limit(self) -> String {
        format!("user.max_{}_namespaces", self.kind())
    }

    /// Returns the file of that sysctl.
    pub(crate) fn limit_file(self) -> String {
        format!("/proc/sys/user/max_{}_namespaces", self.kind())
    }

    /// Returns the kernel's build option for this namespace.
    pub(crate) fn build_option(self) -> &'static str {
        match self {
            Self::User => "CONFIG_USER_NS",
            Self::Mount => "CONFIG_NAMESPACES",
            Self::Pid => "CONFIG_PID_NS",
            Self::Net => "CONFIG_NET_NS",
            Self::Ipc => "CONFIG_IPC_NS",
            Self::Uts => "CONFIG_UTS_NS",
            Self::Cgroup => "CONFIG_CGROUPS",
            Self::Time => "CONFIG_TIME_NS (Linux 5.6 or later)",
        }
    }

    /// Returns the flag of `clone(2)` and `unshare(2)`.
    #[cfg(target_os = "linux")]
    pub(crate) fn flag(self) -> u64 {
        match self {
            Self::User => process::NEWUSER,
            Self::Mount => process::NEWNS,
            Self::Pid => process::NEWPID,
            Self::Net => process::NEWNET,
            Self::Ipc => process::NEWIPC,
            Self::Uts => process::NEWUTS,
            Self::Cgroup => process::NEWCGROUP,
            Self::Time => process::NEWTIME,
        }
    }
}
