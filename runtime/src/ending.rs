//! Inits that have told all they know and are on their way out.
//!
//! The kernel takes a while to end a mount namespace, which a worker spends on the next test. But each unreaped init holds its
//! namespaces, so that all workers share one list: whoever meets a limit can clear it, also of what idle workers have left.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::sys::{Errno, fd, process};

/// Leaves an init to its end.
pub(crate) fn push(init: OwnedFd) {
    lock().push_back(init);
}

/// Reaps those that have ended, and waits for others until there are no more than `most`. Whether it has reaped any.
pub(crate) fn reap(most: usize) -> bool {
    let mut any = false;
    loop {
        // Out of the list before waiting: other workers go on meanwhile.
        let (init, block) = {
            let mut ending = lock();
            let block = ending.len() > most;
            (ending.pop_front(), block)
        };
        let Some(init) = init else { return any };
        if !has_ended(init.as_fd(), block) {
            lock().push_front(init);
            return any;
        }
        any = true;
    }
}

fn has_ended(init: BorrowedFd<'_>, block: bool) -> bool {
    match process::wait_pidfd(init, block) {
        Ok(status) => status.is_some(),
        // A fork server is its parent and reaps it. The descriptor tells its end all the same.
        Err(Errno::CHILD) => {
            let time = (!block).then_some(Duration::ZERO);
            fd::poll([init, init], time).is_ok_and(|[ready, _]| ready.readable)
        }
        Err(_) => true,
    }
}

static ENDING: Mutex<VecDeque<OwnedFd>> = Mutex::new(VecDeque::new());

fn lock() -> MutexGuard<'static, VecDeque<OwnedFd>> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
