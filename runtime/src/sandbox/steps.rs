//! The steps into a sandbox, in order. They allocate nothing and take no lock, so that the child of
//! a threaded process may run them.

use nix::unistd::chdir;

use crate::error::{At, Call, Failure, Step};
use crate::request::namespace::Namespace;
use crate::sys::process;

use super::plan::Plan;
use super::{cgroup, inherited, limit, mount, net, time, user, uts};

/// Runs init's steps before the body exists. Init is PID 1 of the new namespaces, or outside the
/// pid namespace in which the body will be PID 1.
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

/// Runs the steps that need a member of the pid namespace: a new /proc shows its mounter's pid
/// namespace.
fn enter_tree(plan: &Plan) -> Result<(), Failure<'_>> {
    plan.mount.as_ref().map_or(Ok(()), mount::enter)?;
    plan.net.as_ref().map_or(Ok(()), net::enter)
}

/// Runs the remaining steps in the body, before it closes its inherited descriptors. It shares
/// init's mount namespace.
pub(crate) fn enter_as_init(plan: &Plan) -> Result<(), Failure<'_>> {
    match plan.body_is_init() {
        true => enter_tree(plan),
        false => Ok(()),
    }
}

/// Runs the body's own steps, which affect only one process and its children.
pub(crate) fn enter_body(plan: &Plan) -> Result<(), Failure<'_>> {
    chdir(plan.directory.path()).at_path(Step::ChangeDirectory, Call::Chdir, &plan.directory)?;
    limit::enter_body(&plan.limit)?;
    user::enter_body(&plan.user)
}
