//! Init in the launcher's own memory, while the launcher sleeps: the default way.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::channel::request_socket::ReceivedRequest;
use crate::sys::vfork::Vfork;
use crate::sys::{Errno, process};

use super::context::{InitContext, SpawnRequest};

/// Makes init and waits for its end. `Err`: there is no such process, and the request is still in
/// the control socket.
pub(super) fn make_init(
    vfork: Vfork,
    context: InitContext,
    spawn: SpawnRequest<'_>,
) -> Result<(), Errno> {
    let received = AtomicBool::new(false);
    let flags = spawn.plan.clone_flags | context.parenthood;
    let pid = context.init.word();
    vfork.call(spawn.single_threaded, spawn.blocked, flags, pid, |forked| {
        let Ok(request) = ReceivedRequest::receive(context.control) else {
            process::exit_now(1)
        };
        received.store(true, Ordering::Relaxed);
        context.init(spawn, request, None).run(&forked, spawn.plan)
    })?;
    if !received.load(Ordering::Relaxed) {
        // It was killed, perhaps before it received the request.
        spawn.request.discard(context.control);
    }
    Ok(())
}
