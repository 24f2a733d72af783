//! The way into a sandbox: only the ordered list of its steps. Each namespace has its own file.
//!
//! A [`Plan`] is made first, with all memory, paths and texts that the steps will need. The steps
//! themselves allocate nothing and take no lock, so that the child of a threaded process may run
//! them.

use std::io;
use std::path::{Path, PathBuf};

use super::host::{HostFacts, absolute};
use crate::error::{Call, Failure, SetupError, Step, Subject};
use crate::request::limited_by::LimitedBy;
use crate::request::namespace::Namespace;
use crate::request::spec::{Ids, Mount, Net, Spec, Tmp, User};
use crate::sys::Errno;

use super::cgroup::{self, Cgroup};
use super::mount::prepared::Task;
use super::resolve::Resolved;
use super::{limit, mount, net, time, user, uts};

/// A test's request, as carried out on this machine.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The namespaces that one `clone3` makes together.
    pub(crate) clone_flags: u64,
    pub(crate) user: user::UserPlan,
    pub(super) time: Option<time::TimePlan>,
    pub(super) mount: Option<mount::MountPlan>,
    pub(super) uts: Option<uts::UtsPlan>,
    pub(super) net: Option<net::NetPlan>,
    pub(super) cgroup: cgroup::CgroupPlan,
    pub(super) limit: limit::LimitPlan,
    pub(super) directory: Subject,
    /// The task of the body.
    pub(crate) task: Task,
    moves_tmpdir: bool,
    body_is_init: bool,
    pub(super) has_cgroup: bool,
    asks_for_mount: bool,
    /// The cgroup that the maker of the plan removes when the test is over.
    pub(crate) own_cgroup: Option<Cgroup>,
}

impl Plan {
    /// Makes the plan for what the request [resolves](Spec::resolve) to.
    pub(crate) fn new(spec: &Spec, facts: &HostFacts, manifest: &Path) -> Result<Self, SetupError> {
        Self::with(spec, facts, manifest, false, &Task::TEST)
    }

    /// Makes the plan of a sandbox in its maker's network namespace: /sys and /proc/net show that
    /// namespace. The maker is root of the user namespace that owns it, so the plan has no other
    /// user namespace unless the request names one.
    pub(crate) fn joining_network(
        spec: &Spec,
        facts: &HostFacts,
        manifest: &Path,
    ) -> Result<Self, SetupError> {
        let mut spec = spec.clone();
        // Another user namespace has no rights in the network, and cannot mount its /sys.
        let shows_network = spec.user.is_none();
        spec.net = shows_network.then_some(Net::BARE);
        spec.user.get_or_insert(User::Host);
        Self::with(&spec, facts, manifest, true, &Task::TEST)
    }

    /// Makes the plan for a test with prepared directories, or for another task than the test.
    pub(crate) fn for_task(
        spec: &Spec,
        facts: &HostFacts,
        manifest: &Path,
        task: &Task,
    ) -> Result<Self, SetupError> {
        match task {
            Task::Remove { .. } => Self::with(&spec.only_ids(), facts, manifest, false, task),
            _ => Self::with(spec, facts, manifest, false, task),
        }
    }

    fn with(
        spec: &Spec,
        facts: &HostFacts,
        manifest: &Path,
        joins_network: bool,
        task: &Task,
    ) -> Result<Self, SetupError> {
        let resolved = spec.resolve(facts);
        let user_plan = resolved.user.as_ref().map_or_else(
            || Ok(user::UserPlan::host()),
            |user| user::UserPlan::new(user, facts),
        )?;
        let mount = resolved.mount.as_ref();
        let (limit, own_cgroup) = limits(spec, facts)?;
        let mut namespaces = namespaces(spec, &resolved, own_cgroup.is_some());
        // If /proc and /sys are mounted again, the host's settings need protection from real root
        // again.
        namespaces.user |= joins_network;
        let joined = if joins_network {
            Namespace::Net.flag()
        } else {
            0
        };
        Ok(Self {
            clone_flags: clone_flags(spec, &resolved, own_cgroup.is_some()) & !joined,
            cgroup: cgroup::CgroupPlan::new(own_cgroup.as_ref(), spec.cgroup)?,
            body_is_init: body_is_init(spec),
            has_cgroup: own_cgroup.is_some(),
            asks_for_mount: resolved.asks_for_mount,
            own_cgroup,
            time: spec.time.as_ref().map(time::TimePlan::new),
            mount: mount
                .map(|mount| mount::MountPlan::new(mount, &namespaces, facts, manifest, task))
                .transpose()?,
            uts: spec.uts.as_ref().map(uts::UtsPlan::new).transpose()?,
            net: spec
                .net
                .as_ref()
                .map(|net| net::NetPlan::new(net, user_plan.group_range()))
                .transpose()?,
            limit,
            task: task.clone(),
            directory: directory(spec, mount, facts, manifest)?,
            user: user_plan,
            moves_tmpdir: facts.tmpdir && mount.is_some_and(|mount| mount.tmp == Tmp::Private),
        })
    }

    pub(crate) fn limited_by(&self) -> LimitedBy {
        self.limit.by
    }

    /// Returns whether init may share its maker's memory while the maker sleeps. It may not if the
    /// maker has to write the id maps. It may not if the test's cgroup limits memory, because the
    /// kernel kills all processes that share memory with its victim.
    pub(crate) fn may_share_memory(&self) -> bool {
        !self.has_cgroup && !self.user.needs_outside()
    }

    /// Returns whether `TMPDIR` has to become /tmp, because its directory is hidden in the sandbox,
    /// or shared with others.
    pub(crate) fn moves_tmpdir(&self) -> bool {
        self.moves_tmpdir
    }

    /// Returns size and free room, in bytes, of a full scratch space. `None`: there is none, or it
    /// is not full. Init calls this at the test's end.
    pub(crate) fn full_scratch(&self) -> Option<[u64; 2]> {
        self.mount.as_ref()?.full_scratch()
    }

    /// Returns whether the test may count on a mount namespace, whoever runs it.
    pub(crate) fn asks_for_mount(&self) -> bool {
        self.asks_for_mount
    }

    pub(crate) fn has_network_namespace(&self) -> bool {
        self.clone_flags & Namespace::Net.flag() != 0
    }

    /// Returns whether the directory being prepared is a complete tree, and not a layer of an
    /// overlay.
    pub(crate) fn prepares_whole_tree(&self) -> bool {
        self.mount
            .as_ref()
            .is_none_or(mount::MountPlan::prepares_whole_tree)
    }

    /// Copies prepared directories that have no overlay, and removes trees that the harness may not
    /// remove. The body calls this while it has all rights. Allocates.
    pub(crate) fn before_body(&self) -> Result<(), Failure<'_>> {
        let mount = self.mount.as_ref().filter(|mount| mount.needs_body());
        let Some(mount) = mount else {
            return Ok(());
        };
        let failed = |step: Step, error: &io::Error| Failure {
            step,
            call: Call::Write,
            errno: error.raw_os_error().map_or(Errno::IO, Errno::from_number),
            subject: None,
        };
        mount.copy_prepared().map_err(|(target, error)| Failure {
            subject: Some(target),
            ..failed(Step::CopyPrepared, &error)
        })?;
        mount
            .remove_trees()
            .map_err(|error| failed(Step::PrepareDirectory, &error))
    }

    /// Returns whether the body is PID 1 of a pid namespace that init is not in: `pid(as_init)`.
    pub(crate) fn body_is_init(&self) -> bool {
        self.body_is_init
    }

    /// Returns whether init is PID 1 of the sandbox.
    pub(crate) fn has_pid_namespace(&self) -> bool {
        self.clone_flags & Namespace::Pid.flag() != 0
    }
}

/// Returns the limits, and the test's own cgroup if the machine has delegated one. The limits may
/// need the cgroup, and a test with the `cgroup` option may divide it further.
fn limits(
    spec: &Spec,
    facts: &HostFacts,
) -> Result<(limit::LimitPlan, Option<Cgroup>), SetupError> {
    let wanted = spec.cgroup || spec.limit.processes.is_some() || spec.limit.memory.is_some();
    let delegation = if wanted { facts.delegation()? } else { None };
    let limit = limit::LimitPlan::new(&spec.limit, delegation, is_real_root(spec, facts));
    let cgroup = match delegation {
        Some(delegation) if spec.cgroup || !limit.cgroup.is_empty() => {
            Some(Cgroup::make(&delegation.directory, &limit.cgroup)?)
        }
        _ => None,
    };
    Ok((limit, cgroup))
}

/// Returns whether the test's processes have uid 0 outside.
fn is_real_root(spec: &Spec, facts: &HostFacts) -> bool {
    let keeps_uid = match &spec.user {
        Some(User::Namespace { ids, r#become, .. }) => {
            r#become.is_none() && matches!(ids, Ids::One { .. } | Ids::Keep)
        }
        Some(User::Host) | None => true,
    };
    facts.real_root && facts.uid == 0 && keeps_uid
}

fn body_is_init(spec: &Spec) -> bool {
    spec.pid.is_some_and(|pid| pid.as_init)
}

/// Returns the namespaces that init is cloned into. It makes `time` itself. It also makes `cgroup`
/// if it first enters a cgroup of the test, and `pid` if it must not be PID 1.
fn clone_flags(spec: &Spec, resolved: &Resolved, own_cgroup: bool) -> u64 {
    let later = |namespace| match namespace {
        Namespace::Time => true,
        Namespace::Pid => body_is_init(spec),
        Namespace::Cgroup => own_cgroup,
        _ => false,
    };
    let cloned = resolved.namespaces.iter().filter(|it| !later(**it));
    cloned.fold(0, |flags, namespace| flags | namespace.flag())
}

fn namespaces(spec: &Spec, resolved: &Resolved, own_cgroup: bool) -> mount::NamespaceMounts {
    let has = |namespace| resolved.has(namespace);
    mount::NamespaceMounts {
        proc: resolved.own_proc,
        net: has(Namespace::Net),
        sys: resolved.own_sys,
        ipc: has(Namespace::Ipc),
        uts: has(Namespace::Uts),
        host_name: spec.uts.as_ref().and_then(|uts| uts.hostname.clone()),
        cgroup: has(Namespace::Cgroup).then_some(own_cgroup),
        user: has(Namespace::User),
        r#become: match spec.user {
            Some(User::Namespace { r#become, .. }) => r#become,
            _ => None,
        },
    }
}

/// Returns the body's working directory: the test's, else the harness's, else (in a new root) `/`.
fn directory(
    spec: &Spec,
    mount: Option<&Mount>,
    facts: &HostFacts,
    manifest: &Path,
) -> Result<Subject, SetupError> {
    let new_root = mount.is_some_and(|mount| mount.root.is_some());
    let base = if new_root { Path::new("/") } else { manifest };
    let asked = spec.cwd.as_deref().map(Path::new);
    let path = match asked {
        Some(asked) => absolute(base, asked),
        None if new_root => PathBuf::from("/"),
        None => facts.working_directory.clone(),
    };
    Subject::new(&path, asked)
}
