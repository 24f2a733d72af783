//! Whether a plan that was carried out may be carried out for another test.

use crate::request::spec::{Ids, Spec, User};

use super::mount::prepared::Task;
use super::mount::{self, MountPlan};
use super::plan::Plan;

impl Plan {
    /// Returns whether the plan of this request, carried out, may be carried out for another test:
    /// planning again would give an equal plan, whatever has changed on the host meanwhile.
    pub(crate) fn may_run_again(&self, spec: &Spec) -> bool {
        let mount = self.mount.as_ref();
        let renews_all = mount.is_none_or(MountPlan::renews_all);
        self.task == Task::TEST && !self.has_cgroup && renews_all && !depends_on_more(spec)
    }

    /// Clears what a run has written into the plan.
    pub(crate) fn renew(&mut self) {
        if let Some(mount) = &mut self.mount {
            mount.renew();
        }
    }
}

/// Returns whether the plan of this request may depend on more than the request and the facts: on
/// files of the host, or on the test's manifest directory. It names every option and every key that
/// has paths, so that the compiler asks for a decision on a new one.
fn depends_on_more(spec: &Spec) -> bool {
    let Spec {
        user,
        mount,
        uts,
        // A relative path starts at the manifest directory.
        cwd,
        // Planning reads only their values and the facts.
        pid: _,
        net: _,
        ipc: _,
        time: _,
        env: _,
        // If the test gets its own cgroup, `has_cgroup` excludes its plan.
        cgroup: _,
        limit: _,
    } = spec;
    let reads_subordinate_ids = match user {
        Some(User::Namespace {
            ids,
            r#become: _,
            caps: _,
        }) => match ids {
            Ids::Auto => true,
            Ids::One { .. } | Ids::Keep | Ids::Ranges { .. } => false,
        },
        Some(User::Host) | None => false,
    };
    // A host name is added to a copy of /etc/hosts.
    let reads_names = uts.as_ref().is_some_and(|uts| uts.hostname.is_some());
    let mounts_paths = mount.as_ref().is_some_and(mount::names_paths);
    reads_subordinate_ids || reads_names || mounts_paths || cwd.is_some()
}
