//! Init in the launcher's own memory, while the launcher sleeps: the usual way.
//!
//! The launcher wakes when init has ended. So it is init who answers the order, with a descriptor of itself. The launcher does
//! so for an init that was killed before it could.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Call;
use crate::sys::vfork::Vfork;
use crate::sys::{Errno, fd, process};
use crate::wire::control::Answer;

use super::station::{Commission, Means};

/// Makes init and waits for its end; the order is answered then. `Err`: there is no such process, and no answer.
pub(super) fn make_init(
    vfork: Vfork,
    means: Means,
    commission: Commission<'_>,
) -> Result<(), Errno> {
    let answered = AtomicBool::new(false);
    // CLONE_PARENT: as for an init with memory of its own.
    let flags = commission.plan.clone_flags | process::PARENT;
    let init = vfork.call(commission.alone, flags, || {
        let output = match answer(means) {
            Ok(output) => output,
            Err((call, errno)) => {
                let _ = means.refuse(call, errno, commission.plan.clone_flags);
                answered.store(true, Ordering::Relaxed);
                process::exit_now(1)
            }
        };
        answered.store(true, Ordering::Relaxed);
        means
            .init(commission, output.as_fd(), None)
            .run(commission.plan)
    })?;
    if !answered.load(Ordering::Relaxed) {
        // Or it has answered, and had no time to say so: the harness throws the second answer away.
        answer_for(means, init.as_fd());
    }
    Ok(())
}

/// Answers with the caller and the read end of a new pipe; the write end is the caller's.
fn answer(means: Means) -> Result<OwnedFd, (Call, Errno)> {
    let (output, init_output) = fd::pipe().map_err(|errno| (Call::Pipe, errno))?;
    let myself =
        process::pidfd_open(process::getpid()).map_err(|errno| (Call::PidfdOpen, errno))?;
    Answer::started(means.line, means.number, myself.as_fd(), output.as_fd())
        .map_err(|errno| (Call::Write, errno))?;
    Ok(init_output)
}

/// For an init that is dead: the harness will see by what. Its pipe has hung up already.
fn answer_for(means: Means, init: BorrowedFd<'_>) {
    let _ = match fd::pipe() {
        Ok((output, _)) => Answer::started(means.line, means.number, init, output.as_fd()),
        Err(errno) => means.refuse(Call::Pipe, errno, 0),
    };
}
