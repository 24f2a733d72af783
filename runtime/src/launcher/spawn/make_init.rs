//! The choice between the two ways to make init.

use crate::sandbox::spawn::Refused;
use crate::sys::process;

use super::context::{InitContext, SpawnRequest};
use super::{clone, vfork};

/// Makes init in the launcher's memory if possible, or else with a copy of it.
///
/// # Errors
/// There is no init.
pub(in crate::launcher) fn make_init(
    context: InitContext,
    spawn: SpawnRequest<'_>,
) -> Result<(), Refused> {
    let shares = context.vfork.filter(|_| spawn.plan.may_share_memory());
    let is_made = shares.is_some_and(|vfork| vfork::make_init(vfork, context, spawn).is_ok());
    if spawn.single_threaded.fork_was_cut_short() {
        // The harness handles the hang-up of the control socket.
        process::exit_now(1);
    }
    if is_made {
        return Ok(());
    }
    clone::make_init(context, spawn)
}
