//! The way into a sandbox: the ordered list of its steps, and nothing else. Each namespace has a file of its own.
//!
//! A [`Plan`] is made first, with all the memory, paths and texts that the steps will need. The steps themselves allocate
//! nothing and take no lock, so that they may run in the child of a threaded process too.

mod limit;
mod mount;
mod net;
mod time;
mod user;
mod uts;

use std::ffi::CString;
use std::path::Path;

use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::place::{Place, absolute, c_string};
use crate::spec::{Mount, Spec, User};
use crate::sys::{Errno, process};

/// What a test's words come to on this machine.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The namespaces that one `clone3` makes together.
    pub(crate) clone_flags: u64,
    pub(crate) user: user::Plan,
    time: Option<time::Plan>,
    mount: Option<mount::Plan>,
    uts: Option<uts::Plan>,
    net: Option<net::Plan>,
    limit: limit::Plan,
    directory: Subject,
    private_tmp: bool,
}

impl Plan {
    /// Settles what each word brings along: everything needs `user` (for the right to make the others), `pid` needs
    /// `mount` (for its /proc), `ipc` needs it too (POSIX shared memory and semaphores are files in /dev/shm).
    pub(crate) fn new(spec: &Spec, place: &Place, manifest: &Path) -> Result<Self, SetupError> {
        let user = spec
            .user
            .clone()
            .or_else(|| spec.has_namespaces().then_some(User::ROOT));
        let brings_mount = spec.pid.is_some_and(|pid| pid.proc) || spec.ipc;
        let mount = spec
            .mount
            .clone()
            .or_else(|| brings_mount.then_some(Mount::BARE));
        let user_plan = user.as_ref().map_or_else(
            || Ok(user::Plan::host()),
            |user| user::Plan::new(user, place),
        )?;
        let words = words(spec, user_plan.is_namespace());
        Ok(Self {
            clone_flags: clone_flags(spec, user_plan.is_namespace(), mount.is_some()),
            time: spec.time.as_ref().map(time::Plan::new),
            mount: mount
                .as_ref()
                .map(|mount| mount::Plan::new(mount, &words, place, manifest))
                .transpose()?,
            uts: spec.uts.as_ref().map(uts::Plan::new).transpose()?,
            net: spec
                .net
                .as_ref()
                .map(|net| net::Plan::new(net, user_plan.group_range()))
                .transpose()?,
            limit: limit::Plan::new(&spec.limit),
            directory: directory(spec, mount.as_ref(), place, manifest)?,
            user: user_plan,
            private_tmp: mount.is_some_and(|mount| mount.private_tmp),
        })
    }

    pub(crate) fn has_private_tmp(&self) -> bool {
        self.private_tmp
    }

    pub(crate) fn has_pid_namespace(&self) -> bool {
        self.clone_flags & process::NEWPID != 0
    }
}

/// What init does, as PID 1 of the new namespaces, before there is a body.
pub(crate) fn enter(plan: &Plan) -> Result<(), Failure<'_>> {
    user::enter(&plan.user)?;
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

fn clone_flags(spec: &Spec, user: bool, mount: bool) -> u64 {
    [
        (user, process::NEWUSER),
        (mount, process::NEWNS),
        (spec.pid.is_some(), process::NEWPID),
        (spec.net.is_some(), process::NEWNET),
        (spec.ipc, process::NEWIPC),
        (spec.uts.is_some(), process::NEWUTS),
        (spec.cgroup, process::NEWCGROUP),
    ]
    .iter()
    .filter(|(asked, _)| *asked)
    .fold(0, |flags, (_, flag)| flags | flag)
}

fn words(spec: &Spec, user: bool) -> mount::Words {
    mount::Words {
        proc: spec.pid.is_some_and(|pid| pid.proc),
        net: spec.net.is_some(),
        ipc: spec.ipc,
        uts: spec.uts.is_some(),
        host_name: spec.uts.as_ref().and_then(|uts| uts.hostname.clone()),
        cgroup: spec.cgroup.then_some(false),
        user,
    }
}

/// Where the body starts: where the test says, else where the harness stands, else (in a new root) at `/`.
fn directory(
    spec: &Spec,
    mount: Option<&Mount>,
    place: &Place,
    manifest: &Path,
) -> Result<Subject, SetupError> {
    let new_root = mount.is_some_and(|mount| mount.root.is_some());
    let base = if new_root { Path::new("/") } else { manifest };
    let asked = spec
        .cwd
        .as_deref()
        .map(|cwd| (absolute(base, Path::new(cwd)), CString::new(cwd)));
    let path = match &asked {
        Some((path, _)) => path,
        None if new_root => Path::new("/"),
        None => &place.working_directory,
    };
    let refused = || {
        SetupError::new(Step::Prepare, Call::Check, Errno::INVAL)
            .at(path)
            .because("a path can't hold a NUL byte")
    };
    Ok(Subject {
        path: c_string(path).ok_or_else(refused)?,
        asked: asked.as_ref().and_then(|(_, asked)| asked.clone().ok()),
    })
}
