//! A child in new namespaces, from a process that may have threads.
//!
//! In the child only this crate's own code may run until it forks or executes: it allocates nothing
//! and takes no lock. Signals are blocked around the clone, because a handler of the caller must
//! not run in the child.

use std::os::fd::{AsFd, OwnedFd};

use crate::error::{Call, SetupError};
use crate::sys::process::{self, Clone, CloneArgs, Forked, Pid};
use crate::sys::signal::SignalsBlocked;
use crate::sys::{Errno, fd, signal};

use super::plan::Plan;
use crate::sys::procfs;

/// The call that failed, and the kernel's answer.
pub(crate) type Refused = (Call, Errno);

/// The values that the child gets from its maker. It begins with all signals blocked.
pub(crate) struct ChildSide {
    pub(crate) forked: Forked,
    /// The child begins with all signals blocked.
    pub(crate) blocked: SignalsBlocked,
    /// Becomes readable when the id maps are written, and hangs up when the caller has exited.
    /// `None`: the child writes them.
    pub(crate) maps: Option<OwnedFd>,
}

/// A child, for its maker.
#[derive(Debug)]
pub(crate) struct Spawned {
    pub(crate) pid: Pid,
    pub(crate) pidfd: OwnedFd,
    maps: Option<OwnedFd>,
}

/// The message to the child that waits on the pipe.
const MAPS_ARE_WRITTEN: &[u8] = b"!";

/// Runs `child` in the plan's namespaces, and exits there when it returns. Where the plan needs id
/// maps from outside, the child waits until [`write_maps`](Spawned::write_maps) has written them.
pub(crate) fn spawn(
    plan: &Plan,
    args: CloneArgs,
    child: impl FnOnce(ChildSide),
) -> Result<Spawned, Refused> {
    let maps = plan.user.needs_outside().then(fd::pipe).transpose();
    let (read, write) = maps.map_err(|errno| (Call::Pipe, errno))?.unzip();
    let args = CloneArgs {
        flags: plan.clone_flags | args.flags,
        ..args
    };
    match clone_blocked(args)? {
        Cloned::Child(forked, blocked) => {
            // The child's copy would keep the pipe from hanging up when the caller has exited.
            drop(write);
            child(ChildSide {
                forked,
                blocked,
                maps: read,
            });
            process::exit_now(0)
        }
        Cloned::Parent { pid, pidfd } => Ok(Spawned {
            pid,
            pidfd,
            maps: write,
        }),
    }
}

/// Returns the exit code that a child computes in the caller's own namespaces. `None`: there is no
/// such child, or it was killed.
pub(crate) fn ask(question: impl FnOnce() -> u8) -> Option<u8> {
    match clone_blocked(CloneArgs::default()).ok()? {
        Cloned::Child(..) => process::exit_now(i32::from(question())),
        Cloned::Parent { pidfd, .. } => {
            let status = process::wait_pidfd(pidfd.as_fd(), true).ok()??;
            status.code().and_then(|code| u8::try_from(code).ok())
        }
    }
}

/// Which side of [`clone_blocked`] the caller is on.
enum Cloned {
    Parent { pid: Pid, pidfd: OwnedFd },
    Child(Forked, SignalsBlocked),
}

/// Clones with all signals blocked, and then restores the parent's mask.
fn clone_blocked(args: CloneArgs) -> Result<Cloned, Refused> {
    let blocked = signal::block_all().map_err(|errno| (Call::Sigprocmask, errno))?;
    let answer = match process::clone(args, &blocked) {
        Ok(Clone::Child(forked)) => return Ok(Cloned::Child(forked, blocked)),
        Ok(Clone::Parent { pid, pidfd }) => Ok(Cloned::Parent { pid, pidfd }),
        Err(errno) => Err((Call::Clone3, errno)),
    };
    let _ = blocked.unblock();
    answer
}

impl Spawned {
    /// Writes the id maps if the child waits for them, and lets it continue. On failure the child
    /// still waits: [`kill`](Self::kill) it.
    pub(crate) fn write_maps(&self, plan: &Plan) -> Result<(), SetupError> {
        let Some(maps) = &self.maps else {
            return Ok(());
        };
        // If /proc shows another pid namespace, the pid means another process there.
        let number = procfs::number_of(self.pidfd.as_fd());
        let number = number.and_then(|number| Pid::try_from(number).ok());
        plan.user.map_from_outside(number.unwrap_or(self.pid))?;
        // If the write fails, the child is dead, and the wait for the child reports that.
        let _ = fd::write(maps.as_fd(), MAPS_ARE_WRITTEN);
        Ok(())
    }

    /// Kills the child. It stays a zombie until the maker waits for it.
    pub(crate) fn kill(&self) {
        let _ = process::pidfd_send_signal(self.pidfd.as_fd(), signal::SIGKILL);
    }
}
