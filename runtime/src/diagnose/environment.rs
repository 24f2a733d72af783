//! The caller's environment: container, service, CI job.

use std::env;
use std::path::Path;

use crate::sys::procfs;

/// The marks of container engines, service managers and CI systems.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Environment {
    /// `/.dockerenv`, and /etc/hosts is mounted, as in every Docker container. The file without the
    /// mount also exists in virtual machines whose disk was a container image.
    pub(super) docker: bool,
    /// `/run/.containerenv`
    pub(super) podman: bool,
    /// `KUBERNETES_SERVICE_HOST`
    pub(super) kubernetes: bool,
    /// `GITHUB_ACTIONS`
    pub(super) github: bool,
    /// `GITLAB_CI`
    pub(super) gitlab: bool,
    /// LXC, LXD or Incus: lxcfs is mounted, or `/run/systemd/container` names one of them.
    pub(super) lxc: bool,
    /// systemd-nspawn: `/run/host/container-manager`, or `/run/systemd/container`.
    pub(super) nspawn: bool,
    /// The sysbox runtime: its file system is mounted.
    pub(super) sysbox: bool,
    /// A unit in /proc/self/cgroup.
    pub(super) service: Option<String>,
}

impl Environment {
    /// Returns whether a container engine with its own seccomp filter left a mark.
    pub(super) fn container(&self) -> bool {
        self.docker || self.podman || self.kubernetes
    }

    /// Returns whether this is a container of any kind.
    pub(super) fn any_container(&self) -> bool {
        self.container() || self.lxc || self.nspawn || self.sysbox
    }

    pub(super) fn read() -> Self {
        let has = |variable: &str| env::var_os(variable).is_some();
        let text = |path: &str| procfs::read(path).unwrap_or_default();
        // Both are documented in systemd's "Container Interface".
        let managers = [
            text("/run/systemd/container"),
            text("/run/host/container-manager"),
        ];
        let is_managed_by = |name: &str| managers.iter().any(|manager| manager.trim() == name);
        let mounts = text("/proc/self/mountinfo");
        let has_mounted = |kind: &str| mounts.contains(&format!(" - fuse.{kind} "));
        Self {
            docker: Path::new("/.dockerenv").exists() && mounts.contains(" /etc/hosts "),
            podman: Path::new("/run/.containerenv").exists(),
            kubernetes: has("KUBERNETES_SERVICE_HOST"),
            github: has("GITHUB_ACTIONS"),
            gitlab: has("GITLAB_CI"),
            lxc: is_managed_by("lxc") || has_mounted("lxcfs"),
            nspawn: is_managed_by("systemd-nspawn"),
            sysbox: has_mounted("sysboxfs") || mounts.contains(" - fuse sysboxfs "),
            service: service(&procfs::read("/proc/self/cgroup").unwrap_or_default()),
        }
    }
}

/// Returns the service unit of the cgroup, if it has one, as `proc_pid_cgroup(5)` shows it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_distinguished_from_a_session() {
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
