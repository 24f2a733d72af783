//! Entering other network namespaces on the calling thread: `setns(2)`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process;

use nix::fcntl::OFlag;
use nix::sched::{self, CloneFlags};

use super::{Errno, fd};

/// The calling thread's stay in another network namespace. It ends when the value is dropped.
///
/// It belongs to one thread, so it is neither `Send` nor `Sync`.
#[derive(Debug)]
pub(crate) struct Visit {
    home: OwnedFd,
    _this_thread: std::marker::PhantomData<*const ()>,
}

impl Visit {
    /// Moves the calling thread into the namespace.
    pub(crate) fn to(namespace: BorrowedFd<'_>) -> Result<Self, Errno> {
        let visit = Self::stay()?;
        enter(namespace)?;
        Ok(visit)
    }

    /// Stays in the current namespace, and returns there when dropped.
    pub(crate) fn stay() -> Result<Self, Errno> {
        Ok(Self {
            home: current_network()?,
            _this_thread: std::marker::PhantomData,
        })
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

/// Moves the calling thread for good.
pub(crate) fn enter(namespace: BorrowedFd<'_>) -> Result<(), Errno> {
    sched::setns(namespace, CloneFlags::CLONE_NEWNET).map_err(Errno::from_nix)
}

/// Returns the network namespace of the calling thread. `/proc/self` would be the main thread's.
pub(crate) fn current_network() -> Result<OwnedFd, Errno> {
    fd::open(c"/proc/thread-self/ns/net", OFlag::O_RDONLY)
}
