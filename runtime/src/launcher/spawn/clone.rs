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

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use crate::channel::result_page::SharedPage;
    use crate::sys::process::{self, Clone, CloneArgs, Pid};
    use crate::sys::signal;

    /// The harness clears the word when the test is over, for the next one. A launcher that the
    /// scheduler has forgotten until then must not write the pid again.
    #[test]
    fn the_pid_is_written_before_init_begins_and_not_after() {
        let (_page, init) = SharedPage::with_pid().expect("memory");
        let blocked = signal::block_all().expect("a mask");
        let args = CloneArgs {
            // The caller sleeps until the child has ended.
            flags: process::VFORK,
            pid: Some(init.word()),
        };
        let pidfd = match process::clone(args, &blocked).expect("a child") {
            Clone::Child(_forked) => {
                let is_written = init.get().is_some();
                init.clear();
                process::exit_now(i32::from(is_written));
            }
            Clone::Parent { pidfd, .. } => pidfd,
        };
        let _ = blocked.unblock();
        let status = process::wait_pidfd(pidfd.as_fd(), true).expect("it is ours");
        assert_eq!(status.and_then(|status| status.code()), Some(1));
        assert_eq!(init.get(), None::<Pid>);
    }
}
