//! Init with a copy of the launcher's memory: where it can't have that itself.

use std::os::fd::AsFd;

use crate::channel::request_socket::ReceivedRequest;
use crate::error::Call;
use crate::init;
use crate::sys::process::{self, Clone, CloneArgs};
use crate::sys::{Errno, fd};

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
    let maps = plan.user.needs_outside().then(fd::pipe).transpose();
    let maps = maps.map_err(|errno| (Call::Pipe, errno))?;
    let args = CloneArgs {
        flags: plan.clone_flags | context.parenthood,
        pid: Some(context.init.word()),
    };
    match process::clone(args).map_err(|errno| (Call::Clone3, errno))? {
        Clone::Parent { pid, pidfd } => {
            // The old `clone` has not. The launcher has the pipe's write end still, so that the harness waits.
            context.init.tell(pid);
            if let Some((_, maps)) = maps {
                init::write_maps(plan, pid, pidfd.as_fd(), maps.as_fd(), context.page);
            }
            Ok(())
        }
        Clone::Child => {
            let maps = maps.as_ref().map(|(read, _)| read.as_fd());
            context.init(spawn, received, maps).run(plan)
        }
    }
}
