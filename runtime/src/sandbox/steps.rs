//! The steps into a sandbox, in order. They allocate nothing and take no lock, so that they may run in the child of a threaded
//! process too.

use crate::error::{At, Call, Failure, Step};
use crate::sys::process;

use super::plan::Plan;
use super::{cgroup, inherited, limit, mount, net, time, user, uts};

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
