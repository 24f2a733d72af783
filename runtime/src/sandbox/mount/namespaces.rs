//! The namespaces that need mounts: each shows its own /proc, /sys, /dev/mqueue or the like.

use crate::request::spec::Text;

/// What the other words of the test want of its file tree.
#[derive(Debug)]
pub(crate) struct NamespaceMounts {
    /// An own /proc.
    pub(crate) proc: bool,
    /// A network namespace.
    pub(crate) net: bool,
    /// Its own /sys.
    pub(crate) sys: bool,
    pub(crate) ipc: bool,
    pub(crate) uts: bool,
    /// The host name, where the test names one: it has to resolve.
    pub(crate) host_name: Option<Text>,
    /// Asked for, and whether the test may write to its cgroup.
    pub(crate) cgroup: Option<bool>,
    /// A user namespace.
    pub(crate) user: bool,
    /// Which id the body takes, where that is not the caller's.
    pub(crate) r#become: Option<u32>,
}
