//! Init with a copy of the launcher's memory: where it can't have that itself.

use std::os::fd::{AsFd, OwnedFd};

use crate::error::Call;
use crate::init;
use crate::sys::process::{self, Clone, CloneArgs};
use crate::sys::{Errno, fd};
use crate::wire::control::Answer;

use super::station::{Commission, Means};

/// Makes init and answers.
pub(super) fn make_init(means: Means, commission: Commission<'_>) {
    // An answer that can't be given: the harness is gone, and the next receive will notice.
    let _ = match clone_init(means, commission) {
        Ok((init, output)) => {
            Answer::started(means.line, means.number, init.as_fd(), output.as_fd())
        }
        Err((call, errno)) => means.refuse(call, errno, commission.plan.clone_flags),
    };
}

fn clone_init(
    means: Means,
    commission: Commission<'_>,
) -> Result<(OwnedFd, OwnedFd), (Call, Errno)> {
    let plan = commission.plan;
    let pipe = || fd::pipe().map_err(|errno| (Call::Pipe, errno));
    let (output, init_output) = pipe()?;
    let maps = plan.user.needs_outside().then(pipe).transpose()?;
    // CLONE_PARENT: the harness itself is init's parent and waits for it. (Or the fork server, and then nobody waits: the
    // page tells all, and the kernel reaps the children of one who ignores SIGCHLD.)
    let args = CloneArgs {
        flags: plan.clone_flags | process::PARENT,
        cgroup: None,
    };
    match process::clone(args).map_err(|errno| (Call::Clone3, errno))? {
        Clone::Parent { pid, pidfd } => {
            if let Some((_, maps)) = maps {
                init::write_maps(plan, pid, pidfd.as_fd(), maps.as_fd(), means.page);
            }
            Ok((pidfd, output))
        }
        Clone::Child => {
            let maps = maps.as_ref().map(|(read, _)| read.as_fd());
            means.init(commission, init_output.as_fd(), maps).run(plan)
        }
    }
}
