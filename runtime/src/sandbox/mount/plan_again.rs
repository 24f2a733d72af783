//! The part of mounts in the decision whether a plan may be carried out again.

use std::cell::OnceCell;

use crate::request::spec::Mount;

use super::enter::MountPlan;

impl MountPlan {
    /// Clears the handles of sources, which a run has opened.
    pub(crate) fn renew(&mut self) {
        for source in &mut self.sources {
            source.handle = OnceCell::new();
        }
    }

    /// Returns whether a run writes nothing else into the plan. Scratch space and prepared
    /// directories have handles of their own.
    pub(crate) fn renews_all(&self) -> bool {
        self.scratch.is_none() && !self.needs_body
    }
}

/// Returns whether the option names a path. Planning looks at some of these paths; for simplicity,
/// each one counts.
pub(crate) fn names_paths(asked: &Mount) -> bool {
    let Mount {
        tmpfs,
        bind,
        ro,
        overlay,
        prepared,
        root,
        tmp: _,
        dev: _,
        propagation: _,
    } = asked;
    !(tmpfs.is_empty()
        && bind.is_empty()
        && ro.is_empty()
        && overlay.is_empty()
        && prepared.is_empty()
        && root.is_none())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::request::Sandbox;
    use crate::sandbox::Plan;
    use crate::sandbox::host::HostFacts;
    use crate::sandbox::mount::enter::open_sources;

    /// A source may be missing in the next run, which must not use the descriptor of this one.
    #[test]
    fn no_handle_of_a_run_remains() {
        let request = Sandbox::new().net().mount();
        let facts = HostFacts::gather();
        let mut plan = Plan::new(&request.spec, &facts, Path::new("/")).expect("a plan");
        let mount = plan.mount.as_mut().expect("it has mounts");
        open_sources(&mount.sources).expect("they exist or are optional");
        let is_open = |mount: &MountPlan| {
            let mut sources = mount.sources.iter();
            sources.any(|source| source.handle().is_some())
        };
        assert!(is_open(mount));
        mount.renew();
        assert!(!is_open(mount));
    }
}
