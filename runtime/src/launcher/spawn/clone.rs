//! Init with a copy of the launcher's memory, for tests that cannot share it.

use crate::channel::request_socket::ReceivedRequest;
use crate::error::Call;
use crate::sandbox;
use crate::sys::Errno;
use crate::sys::process::CloneArgs;

use super::context::{InitContext, SpawnRequest};

/// Makes init, or replies why there is none.
pub(super) fn make_init(context: InitContext, spawn: SpawnRequest<'_>) {
    let refuse = |(call, errno)| {
        let reply = InitContext::spawn_error(call, errno, spawn.plan.clone_flags);
        // If the reply cannot be sent, the next read of the control socket notices it.
        let _ = reply.send(context.control);
    };
    match ReceivedRequest::receive(context.control) {
        Ok(received) => {
            // The launcher keeps the pipe's write end until it has replied, because the harness
            // waits for the hang-up.
            let mut received = Some(received);
            if let Err(refused) = clone_init(context, spawn, &mut received) {
                refuse(refused);
            }
        }
        Err(errno) => refuse((Call::Read, errno)),
    }
}

fn clone_init(
    context: InitContext,
    spawn: SpawnRequest<'_>,
    received: &mut Option<ReceivedRequest>,
) -> Result<(), (Call, Errno)> {
    let plan = spawn.plan;
    let args = CloneArgs {
        flags: context.parenthood,
        pid: Some(context.init.word()),
    };
    let init = sandbox::spawn::spawn(plan, args, |side| {
        if let Some(received) = received.take() {
            context
                .init(spawn, received, side.maps)
                .run(&side.forked, plan)
        }
    })?;
    // The older `clone` call has not written it.
    context.init.tell(init.pid);
    if let Err(error) = init.write_maps(plan) {
        context
            .page
            .of_request(spawn.request.number)
            .write_error(&error);
        init.kill();
    }
    Ok(())
}
