//! The namespaces that need mounts: each has its own /proc, /sys, /dev/mqueue or similar.

use crate::request::spec::Text;

/// The mounts that the test's other options require.
#[derive(Debug)]
pub(crate) struct NamespaceMounts {
    /// A /proc of the test's own pid namespace.
    pub(crate) proc: bool,
    /// A network namespace.
    pub(crate) net: bool,
    /// Its own /sys.
    pub(crate) sys: bool,
    pub(crate) ipc: bool,
    pub(crate) uts: bool,
    /// The host name, if the test sets one: it has to resolve.
    pub(crate) host_name: Option<Text>,
    /// Whether `cgroup` is enabled, and whether the test may write to its cgroup.
    pub(crate) cgroup: Option<bool>,
    /// A user namespace.
    pub(crate) user: bool,
    /// The id that the body takes, if that is not the caller's.
    pub(crate) r#become: Option<u32>,
}
