//! Entering other network namespaces on the calling thread: `setns(2)`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process;
use std::rc::Rc;

use nix::sched::{self, CloneFlags};

use super::way_home::{self, Home};
use crate::sys::{Errno, fd};

/// The calling thread's stay in another network namespace. It ends when the value is dropped.
///
/// It belongs to one thread, so it is neither `Send` nor `Sync`.
#[derive(Debug)]
pub(crate) struct Visit {
    home: Rc<Home>,
}

/// A refused system call: its name and its errno.
pub(crate) type RefusedCall = (&'static str, Errno);

impl Visit {
    /// Moves the calling thread into the namespace.
    pub(crate) fn to(namespace: BorrowedFd<'_>) -> Result<Self, RefusedCall> {
        let home = way_home::of_this_thread().map_err(|errno| ("open", errno))?;
        enter(namespace).map_err(|errno| ("setns", errno))?;
        // Only now: a thread that has not left needs no way back.
        Ok(Self { home })
    }

    /// Stays in the current namespace, and returns there when dropped. An error if the kernel would
    /// refuse that: then the namespace belongs to another user namespace.
    pub(crate) fn stay() -> Result<Self, RefusedCall> {
        let home = way_home::of_this_thread().map_err(|errno| ("open", errno))?;
        enter(home.as_fd()).map_err(|errno| ("setns", errno))?;
        Ok(Self { home })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if enter(self.home.as_fd()).is_err() {
            // All later code on this thread would use the wrong network, without an error.
            let _ = fd::write(
                std::io::stderr().as_fd(),
                b"ns-test: setns(2) back to the test's own network namespace failed\n",
            );
            process::abort();
        }
    }
}

/// Moves the calling thread permanently.
pub(crate) fn enter(namespace: BorrowedFd<'_>) -> Result<(), Errno> {
    sched::setns(namespace, CloneFlags::CLONE_NEWNET).map_err(Errno::from_nix)
}

/// Returns the network namespace of the calling thread.
pub(crate) fn current_network() -> Result<OwnedFd, Errno> {
    way_home::open_namespace()
}
