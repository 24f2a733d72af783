//! Init in the launcher's own memory, while the launcher sleeps: the default way.

use crate::sys::Errno;
use crate::sys::vfork::Vfork;

use super::context::{InitContext, SpawnRequest};

/// Makes init and waits for its end. `Err`: there is no such process.
pub(super) fn make_init(
    vfork: Vfork,
    context: InitContext,
    spawn: SpawnRequest<'_>,
) -> Result<(), Errno> {
    let flags = spawn.plan.clone_flags | context.parenthood;
    let pid = context.init.word();
    vfork.call(spawn.single_threaded, spawn.blocked, flags, pid, |forked| {
        context.init(spawn, None).run(&forked, spawn.plan)
    })
}
