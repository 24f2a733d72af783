//! Who runs this machine's processes: containers, services, CI.

use std::env;
use std::fs;
use std::path::Path;

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

    pub(super) fn read() -> Self {
        let has = |variable: &str| env::var_os(variable).is_some();
        Self {
            docker: Path::new("/.dockerenv").exists(),
            podman: Path::new("/run/.containerenv").exists(),
            kubernetes: has("KUBERNETES_SERVICE_HOST"),
            github: has("GITHUB_ACTIONS"),
            gitlab: has("GITLAB_CI"),
            service: service(&fs::read_to_string("/proc/self/cgroup").unwrap_or_default()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
