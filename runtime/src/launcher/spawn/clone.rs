//! Init with a copy of the launcher's memory: where it can't have that itself.

use std::os::fd::AsFd;

use crate::channel::request_socket::ReceivedRequest;
use crate::error::Call;
use crate::sandbox;
use crate::sys::Errno;
use crate::sys::process::CloneArgs;

use crate::launcher::serve::{InitContext, SpawnRequest};

/// Makes init, or answers why not.
pub(in crate::launcher) fn make_init(context: InitContext, spawn: SpawnRequest<'_>) {
    let received = ReceivedRequest::receive(context.control).map_err(|errno| (Call::Read, errno));
    let made = received
        .as_ref()
        .map_err(|refused| *refused)
        .and_then(|received| clone_init(context, spawn, received));
    if let Err((call, errno)) = made {
        // An answer that can't be given: the next look at the line will notice.
        let _ = InitContext::spawn_error(call, errno, spawn.plan.clone_flags).send(context.control);
    }
}

fn clone_init(
    context: InitContext,
    spawn: SpawnRequest<'_>,
    received: &ReceivedRequest,
) -> Result<(), (Call, Errno)> {
    let plan = spawn.plan;
    let args = CloneArgs {
        flags: context.parenthood,
        pid: Some(context.init.word()),
    };
    let init = sandbox::spawn::spawn(plan, args, |side| {
        let maps = side.maps.as_ref().map(AsFd::as_fd);
        context.init(spawn, received, maps).run(plan)
    })?;
    // The old `clone` has not. The launcher has the pipe's write end still, so that the harness waits.
    context.init.tell(init.pid);
    if let Err(error) = init.write_maps(plan) {
        context.page.write_error(&error);
        init.kill();
    }
    Ok(())
}
