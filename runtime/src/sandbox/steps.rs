//! The steps into a sandbox, in order. They allocate nothing and take no lock, so that they may run in the child of a threaded
//! process too.

use nix::unistd::chdir;

use crate::error::{At, Call, Failure, Step};
use crate::request::namespace::Namespace;
use crate::sys::process;

use super::plan::Plan;
use super::{cgroup, inherited, limit, mount, net, time, user, uts};

/// What init does before there is a body: as PID 1 of the new namespaces, or outside of a pid namespace that the body is to be
/// PID 1 of.
pub(crate) fn enter(plan: &Plan) -> Result<(), Failure<'_>> {
    user::enter(&plan.user)?;
    inherited::leave_session_keyring()?;
    cgroup::enter(&plan.cgroup)?;
    plan.time.as_ref().map_or(Ok(()), time::enter)?;
    plan.uts.as_ref().map_or(Ok(()), uts::enter)?;
    match plan.body_is_init() {
        true => process::unshare(Namespace::Pid.flag()).at(Step::MakeNamespaces, Call::Unshare),
        false => enter_tree(plan),
    }
}

/// The steps that only a member of the pid namespace can take: a new /proc is that of whoever mounts it.
fn enter_tree(plan: &Plan) -> Result<(), Failure<'_>> {
    plan.mount.as_ref().map_or(Ok(()), mount::enter)?;
    plan.net.as_ref().map_or(Ok(()), net::enter)
}

/// What is left of the way into the sandbox for the body, before it closes what it has inherited. It shares init's mount
/// namespace.
pub(crate) fn enter_as_init(plan: &Plan) -> Result<(), Failure<'_>> {
    match plan.body_is_init() {
        true => enter_tree(plan),
        false => Ok(()),
    }
}

/// What the body does itself: all that holds for one process and its children alone.
pub(crate) fn enter_body(plan: &Plan) -> Result<(), Failure<'_>> {
    chdir(plan.directory.path()).at_path(Step::ChangeDirectory, Call::Chdir, &plan.directory)?;
    limit::enter_body(&plan.limit)?;
    user::enter_body(&plan.user)
}
