//! `limit(..)`: the resource limits of the test's processes, by `setrlimit(2)` or the files of a
//! cgroup.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

use super::delegation::Delegation;
use crate::error::{At, Call, Failure, Step};
use crate::request::limited_by::{LimitedBy, Mechanism};
use crate::request::spec::Limit;
use crate::sys::Errno;

/// The limits, each with the best mechanism of the machine.
#[derive(Debug)]
pub(crate) struct LimitPlan {
    /// Limits of each process, which the body lowers.
    resources: Vec<(Resource, u64)>,
    /// Limits of all processes together: files of the test's own cgroup.
    pub(crate) cgroup: Vec<(&'static str, u64)>,
    pub(crate) by: LimitedBy,
}

impl LimitPlan {
    /// Plans the limits. `is_real_root`: the test's processes are those of uid 0 outside.
    pub(crate) fn new(limit: &Limit, delegation: Option<&Delegation>, is_real_root: bool) -> Self {
        let by_cgroup = |controller| match delegation {
            Some(delegation) if delegation.has(controller) => Mechanism::Cgroup,
            _ => Mechanism::Rlimit,
        };
        let mut plan = Self {
            resources: Vec::new(),
            cgroup: Vec::new(),
            by: LimitedBy::default(),
        };
        // Adds one, because init is one of the cgroup's processes.
        plan.by.processes = limit.processes.map(|count| {
            let file = ("pids.max", count.saturating_add(1));
            let by = plan.add(by_cgroup("pids"), file, (Resource::RLIMIT_NPROC, count));
            match by {
                // copy_process() in kernel/fork.c exempts INIT_USER, which is uid 0 of the machine.
                Mechanism::Rlimit if is_real_root => Mechanism::Exempt,
                by => by,
            }
        });
        plan.by.memory = limit.memory.map(|bytes| {
            let file = ("memory.max", bytes);
            plan.add(by_cgroup("memory"), file, (Resource::RLIMIT_AS, bytes))
        });
        // Cgroups have no equivalent for these two: `cpu.max` is a share, not a sum.
        plan.by.files = limit
            .files
            .map(|count| plan.add_resource(Resource::RLIMIT_NOFILE, count));
        plan.by.cpu = limit
            .cpu
            .map(|time| plan.add_resource(Resource::RLIMIT_CPU, whole_seconds(time)));
        plan
    }

    fn add(
        &mut self,
        by: Mechanism,
        file: (&'static str, u64),
        resource: (Resource, u64),
    ) -> Mechanism {
        match by {
            Mechanism::Cgroup => self.cgroup.push(file),
            Mechanism::Rlimit | Mechanism::Exempt => self.resources.push(resource),
        }
        by
    }

    fn add_resource(&mut self, resource: Resource, to: u64) -> Mechanism {
        self.resources.push((resource, to));
        Mechanism::Rlimit
    }
}

pub(crate) fn enter_body(plan: &LimitPlan) -> Result<(), Failure<'_>> {
    let mut limits = plan.resources.iter();
    limits.try_for_each(|(resource, to)| lower(*resource, *to).at(Step::SetLimit, Call::Setrlimit))
}

/// Rounds up: a test may use at least the requested time.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// Lowers the soft and the hard limit. A hard limit that is already lower stays.
fn lower(resource: Resource, to: u64) -> Result<(), Errno> {
    // If the type has 32 bits, a value beyond it means no limit.
    let to = rlim_t::try_from(to).unwrap_or(rlim_t::MAX);
    let (_, hard) = getrlimit(resource).map_err(Errno::from_nix)?;
    let soft = hard.min(to);
    // At the soft limit of processor time the kernel sends SIGXCPU, which shows the reason. At the
    // hard limit it kills.
    let grace = u64::from(matches!(resource, Resource::RLIMIT_CPU));
    let hard = hard.min(soft.saturating_add(rlim_t::try_from(grace).unwrap_or(0)));
    setrlimit(resource, soft, hard).map_err(Errno::from_nix)
}
