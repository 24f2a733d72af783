//! Which way init is made.

use crate::sys::process;

use super::context::{InitContext, SpawnRequest};
use super::{clone, vfork};

/// Makes init in the launcher's memory where that is possible, else with a copy of it. Where there is no init, the harness has
/// a reply.
pub(in crate::launcher) fn make_init(context: InitContext, spawn: SpawnRequest<'_>) {
    let is_made = match context.vfork {
        Some(vfork) if spawn.plan.may_share_memory() => {
            vfork::make_init(vfork, context, spawn).is_ok()
        }
        _ => false,
    };
    if process::fork_was_cut_short() {
        // The harness takes the hang-up of the line for what it is.
        process::exit_now(1);
    }
    if !is_made {
        clone::make_init(context, spawn);
    }
}
