//! Init with a copy of the launcher's memory: where it can't have that itself.

use std::os::fd::AsFd;

use crate::channel::request_socket::Ordered;
use crate::error::Call;
use crate::init;
use crate::sys::process::{self, Clone, CloneArgs};
use crate::sys::{Errno, fd};

use crate::launcher::serve::{Commission, Means};

/// Makes init, or answers why not.
pub(in crate::launcher) fn make_init(means: Means, commission: Commission<'_>) {
    let ordered = Ordered::receive(means.line).map_err(|errno| (Call::Read, errno));
    let made = ordered
        .as_ref()
        .map_err(|refused| *refused)
        .and_then(|ordered| clone_init(means, commission, ordered));
    if let Err((call, errno)) = made {
        // An answer that can't be given: the next look at the line will notice.
        let _ = Means::refusal(call, errno, commission.plan.clone_flags).send(means.line);
    }
}

fn clone_init(
    means: Means,
    commission: Commission<'_>,
    ordered: &Ordered,
) -> Result<(), (Call, Errno)> {
    let plan = commission.plan;
    let maps = plan.user.needs_outside().then(fd::pipe).transpose();
    let maps = maps.map_err(|errno| (Call::Pipe, errno))?;
    let args = CloneArgs {
        flags: plan.clone_flags | means.parenthood,
        pid: Some(means.init.word()),
    };
    match process::clone(args).map_err(|errno| (Call::Clone3, errno))? {
        Clone::Parent { pid, pidfd } => {
            // The old `clone` has not. The launcher has the pipe's write end still, so that the harness waits.
            means.init.tell(pid);
            if let Some((_, maps)) = maps {
                init::write_maps(plan, pid, pidfd.as_fd(), maps.as_fd(), means.page);
            }
            Ok(())
        }
        Clone::Child => {
            let maps = maps.as_ref().map(|(read, _)| read.as_fd());
            means.init(commission, ordered, maps).run(plan)
        }
    }
}
