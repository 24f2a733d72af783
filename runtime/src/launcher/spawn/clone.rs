//! Init with a copy of the launcher's memory, for tests that cannot share it.

use crate::sandbox;
use crate::sandbox::spawn::Refused;
use crate::sys::process::CloneArgs;

use super::context::{InitContext, SpawnRequest};

/// Makes init, or returns why there is none.
pub(super) fn make_init(context: InitContext, spawn: SpawnRequest<'_>) -> Result<(), Refused> {
    let plan = spawn.plan;
    let args = CloneArgs {
        flags: context.parenthood,
        pid: Some(context.init.word()),
    };
    let init = sandbox::spawn::spawn(plan, args, |side| {
        context.init(spawn, side.maps).run(&side.forked, plan)
    })?;
    if let Err(error) = init.write_maps(plan) {
        let number = spawn.received.request.number;
        context.page.of_request(number).write_error(&error);
        init.kill();
    }
    Ok(())
}
