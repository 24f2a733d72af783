//! The resolved request on a host: the requested options, and those that they enable.

use crate::request::namespace::Namespace;
use crate::request::spec::{Mount, Pid, Spec, Tmp, User};

use super::host::HostFacts;

/// A request with everything that it implies. The plan of a sandbox and the list of its
/// requirements are both derived from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// `None`: nothing needs a user namespace.
    pub(crate) user: Option<User>,
    pub(crate) mount: Option<Mount>,
    /// Whether the test asks for a mount namespace. If not, it has one only as real root.
    pub(crate) asks_for_mount: bool,
    /// Each namespace once.
    pub(crate) namespaces: Vec<Namespace>,
    /// Whether the sandbox has a /proc of its pid namespace.
    pub(crate) own_proc: bool,
    /// Whether the sandbox has a /sys of its network namespace.
    pub(crate) own_sys: bool,
    /// Whether the sandbox sets a host or domain name.
    pub(crate) names: bool,
}

impl Spec {
    /// Resolves what each option enables.
    ///
    /// Every namespace needs `user`, for the right to make it. `pid` needs `mount` for its /proc.
    /// `ipc` needs `mount` because POSIX shared memory and semaphores are files in /dev/shm. Real
    /// root always needs `mount`: only mounts protect what it owns on the host. Prepared
    /// directories need `pid` and `ipc`, so that a server that is killed leaves neither processes
    /// nor System V segments.
    pub(crate) fn resolve(&self, facts: &HostFacts) -> Resolved {
        let prepares = (self.mount.as_ref()).is_some_and(|mount| !mount.prepared.is_empty());
        let pid = self.pid.or(prepares.then_some(Pid::BARE));
        let ipc = self.ipc || prepares;
        let asked = || self.has_namespaces().then_some(User::ROOT);
        let user = self.user.clone().or_else(asked);
        let has_user_namespace = !matches!(user, None | Some(User::Host));
        let own_proc = pid.is_some_and(|pid| pid.proc);
        let mount = match &self.mount {
            None if own_proc || ipc => Some(Mount::BARE),
            // So that the host's settings can become read-only.
            None if has_user_namespace && facts.real_root => Some(Mount {
                tmp: Tmp::Host,
                ..Mount::BARE
            }),
            asked => asked.clone(),
        };
        let asks_for_mount = self.mount.is_some() || own_proc || ipc;
        let of_request = [
            (Namespace::User, has_user_namespace),
            (Namespace::Mount, mount.is_some()),
            (Namespace::Pid, pid.is_some()),
            (Namespace::Net, self.net.is_some()),
            (Namespace::Ipc, ipc),
            (Namespace::Uts, self.uts.is_some()),
            (Namespace::Cgroup, self.cgroup),
            (Namespace::Time, self.time.is_some()),
        ];
        Resolved {
            own_sys: self.net.as_ref().is_some_and(|net| net.sys) && mount.is_some(),
            names: (self.uts.as_ref())
                .is_some_and(|uts| uts.hostname.is_some() || uts.domainname.is_some()),
            namespaces: wanted(of_request),
            user,
            mount,
            asks_for_mount,
            own_proc,
        }
    }
}

impl Resolved {
    pub(crate) fn has(&self, namespace: Namespace) -> bool {
        self.namespaces.contains(&namespace)
    }
}

/// Returns the namespaces that the request asks for.
fn wanted(of_request: [(Namespace, bool); 8]) -> Vec<Namespace> {
    let mut wanted = Vec::new();
    for (namespace, is_wanted) in of_request {
        if is_wanted {
            wanted.push(namespace);
        }
    }
    wanted
}
