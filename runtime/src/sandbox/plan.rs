//! The way into a sandbox: the ordered list of its steps, and nothing else. Each namespace has a file of its own.
//!
//! A [`Plan`] is made first, with all the memory, paths and texts that the steps will need. The steps themselves allocate
//! nothing and take no lock, so that they may run in the child of a threaded process too.

use std::path::{Path, PathBuf};

use super::host::{HostFacts, absolute};
use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::request::limited_by::LimitedBy;
use crate::request::spec::{Mount, Spec, User};
use crate::sys::process;

use super::cgroup::{self, Cgroup};
use super::{inherited, limit, mount, net, time, user, uts};

/// What a test's words come to on this machine.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The namespaces that one `clone3` makes together.
    pub(crate) clone_flags: u64,
    pub(crate) user: user::UserPlan,
    time: Option<time::TimePlan>,
    mount: Option<mount::MountPlan>,
    uts: Option<uts::UtsPlan>,
    net: Option<net::NetPlan>,
    cgroup: cgroup::CgroupPlan,
    limit: limit::LimitPlan,
    directory: Subject,
    moves_tmpdir: bool,
    has_cgroup: bool,
    /// To be removed by whoever made the plan, when the test is over.
    pub(crate) own_cgroup: Option<Cgroup>,
}

impl Plan {
    /// Settles what each word brings along: everything needs `user` (for the right to make the others), `pid` needs
    /// `mount` (for its /proc), `ipc` needs it too (POSIX shared memory and semaphores are files in /dev/shm). For the real
    /// root everything needs `mount`, since what it owns on the host is fenced by mounts alone.
    pub(crate) fn new(spec: &Spec, facts: &HostFacts, manifest: &Path) -> Result<Self, SetupError> {
        let user = spec
            .user
            .clone()
            .or_else(|| spec.has_namespaces().then_some(User::ROOT));
        let brings_mount = spec.pid.is_some_and(|pid| pid.proc) || spec.ipc;
        let user_plan = user.as_ref().map_or_else(
            || Ok(user::UserPlan::host()),
            |user| user::UserPlan::new(user, facts),
        )?;
        let mount = match &spec.mount {
            None if brings_mount => Some(Mount::BARE),
            // So that the host's settings can be made read-only.
            None if user_plan.is_namespace() && facts.real_root => Some(Mount {
                private_tmp: false,
                ..Mount::BARE
            }),
            asked => asked.clone(),
        };
        let (limit, own_cgroup) = limits(spec, facts)?;
        let namespaces = namespaces(spec, user_plan.is_namespace(), own_cgroup.is_some());
        Ok(Self {
            clone_flags: clone_flags(spec, &namespaces, mount.is_some()),
            cgroup: cgroup::CgroupPlan::new(own_cgroup.as_ref(), spec.cgroup)?,
            has_cgroup: own_cgroup.is_some(),
            own_cgroup,
            time: spec.time.as_ref().map(time::TimePlan::new),
            mount: mount
                .as_ref()
                .map(|mount| mount::MountPlan::new(mount, &namespaces, facts, manifest))
                .transpose()?,
            uts: spec.uts.as_ref().map(uts::UtsPlan::new).transpose()?,
            net: spec
                .net
                .as_ref()
                .map(|net| net::NetPlan::new(net, user_plan.group_range()))
                .transpose()?,
            limit,
            directory: directory(spec, mount.as_ref(), facts, manifest)?,
            user: user_plan,
            moves_tmpdir: facts.tmpdir && mount.is_some_and(|mount| mount.private_tmp),
        })
    }

    pub(crate) fn limited_by(&self) -> LimitedBy {
        self.limit.by
    }

    /// Whether init may have the memory of its maker, who sleeps meanwhile. Not where that one is to write the id maps; nor where
    /// the test has a cgroup whose memory may end, since the kernel then kills all who share memory with its victim.
    pub(crate) fn may_share_memory(&self) -> bool {
        !self.has_cgroup && !self.user.needs_outside()
    }

    /// Makes it as good as new, for another test that asks for the same. `false`: it rests on what may be different by then, or
    /// has a cgroup that is that test's alone.
    pub(crate) fn try_reuse(&mut self) -> bool {
        let lasts = !self.has_cgroup && !self.user.needs_outside();
        lasts && self.mount.as_mut().is_none_or(mount::MountPlan::try_reuse)
    }

    /// Whether `TMPDIR` has to become /tmp: what it names is hidden in the sandbox, or shared with others.
    pub(crate) fn moves_tmpdir(&self) -> bool {
        self.moves_tmpdir
    }

    /// Size and free room, in bytes, of a scratch space that the test has filled up. For init, at the test's end.
    pub(crate) fn full_scratch(&self) -> Option<[u64; 2]> {
        self.mount.as_ref()?.full_scratch()
    }

    pub(crate) fn has_pid_namespace(&self) -> bool {
        self.clone_flags & process::NEWPID != 0
    }
}

/// What init does, as PID 1 of the new namespaces, before there is a body.
pub(crate) fn enter(plan: &Plan) -> Result<(), Failure<'_>> {
    user::enter(&plan.user)?;
    inherited::leave_session_keyring()?;
    cgroup::enter(&plan.cgroup)?;
    plan.time.as_ref().map_or(Ok(()), time::enter)?;
    plan.uts.as_ref().map_or(Ok(()), uts::enter)?;
    plan.mount.as_ref().map_or(Ok(()), mount::enter)?;
    plan.net.as_ref().map_or(Ok(()), net::enter)
}

/// What the body does itself: all that holds for one process and its children alone.
pub(crate) fn enter_body(plan: &Plan) -> Result<(), Failure<'_>> {
    process::chdir(plan.directory.path()).at_path(
        Step::ChangeDirectory,
        Call::Chdir,
        &plan.directory,
    )?;
    limit::enter_body(&plan.limit)?;
    user::enter_body(&plan.user)
}

/// The limits, and the test's own cgroup where the machine has delegated one to make it in: for the limits that need it,
/// and for a test with the word, which may divide it further.
fn limits(
    spec: &Spec,
    facts: &HostFacts,
) -> Result<(limit::LimitPlan, Option<Cgroup>), SetupError> {
    let wanted = spec.cgroup || spec.limit.processes.is_some() || spec.limit.memory.is_some();
    let delegation = if wanted { facts.delegation()? } else { None };
    let limit = limit::LimitPlan::new(&spec.limit, delegation);
    let cgroup = match delegation {
        Some(delegation) if spec.cgroup || !limit.cgroup.is_empty() => {
            Some(Cgroup::make(&delegation.directory, &limit.cgroup)?)
        }
        _ => None,
    };
    Ok((limit, cgroup))
}

fn clone_flags(spec: &Spec, namespaces: &mount::NamespaceMounts, mount: bool) -> u64 {
    [
        (namespaces.user, process::NEWUSER),
        (mount, process::NEWNS),
        (spec.pid.is_some(), process::NEWPID),
        (spec.net.is_some(), process::NEWNET),
        (spec.ipc, process::NEWIPC),
        (spec.uts.is_some(), process::NEWUTS),
        (namespaces.cgroup == Some(false), process::NEWCGROUP),
    ]
    .iter()
    .filter(|(asked, _)| *asked)
    .fold(0, |flags, (_, flag)| flags | flag)
}

fn namespaces(spec: &Spec, user: bool, own_cgroup: bool) -> mount::NamespaceMounts {
    mount::NamespaceMounts {
        proc: spec.pid.is_some_and(|pid| pid.proc),
        net: spec.net.is_some(),
        ipc: spec.ipc,
        uts: spec.uts.is_some(),
        host_name: spec.uts.as_ref().and_then(|uts| uts.hostname.clone()),
        cgroup: spec.cgroup.then_some(own_cgroup),
        user,
    }
}

/// Where the body starts: where the test says, else where the harness stands, else (in a new root) at `/`.
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
