//! The choice between the two ways to make init.

use crate::sys::process;

use super::context::{InitContext, SpawnRequest};
use super::{clone, vfork};

/// Makes init in the launcher's memory if possible, or else with a copy of it. If there is no init,
/// the harness gets a reply.
pub(in crate::launcher) fn make_init(context: InitContext, spawn: SpawnRequest<'_>) {
    let is_made = match context.vfork {
        Some(vfork) if spawn.plan.may_share_memory() => {
            vfork::make_init(vfork, context, spawn).is_ok()
        }
        _ => false,
    };
    if process::fork_was_cut_short() {
        // The harness handles the hang-up of the control socket.
        process::exit_now(1);
    }
    if !is_made {
        clone::make_init(context, spawn);
    }
}
