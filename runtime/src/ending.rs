//! Inits that have told all they know and are on their way out.
//!
//! The kernel takes a while to end a mount namespace, which a worker spends on the next test. But each unreaped init holds its
//! namespaces, so that all workers share one list: whoever meets a limit can clear it, also of what idle workers have left.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sys::process;

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
        match process::wait_pidfd(init.as_fd(), block) {
            Ok(None) => {
                lock().push_front(init);
                return any;
            }
            Ok(Some(_)) | Err(_) => any = true,
        }
    }
}

static ENDING: Mutex<VecDeque<OwnedFd>> = Mutex::new(VecDeque::new());

fn lock() -> MutexGuard<'static, VecDeque<OwnedFd>> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
