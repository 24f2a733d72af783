//! Inits that have told all they know and are on their way out.
//!
//! The kernel takes a while to end a mount namespace, which a worker spends on the next test. But each unreaped init holds its
//! namespaces, so that all workers share one list: whoever meets a limit can clear it, also of what idle workers have left.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::sys::lock::lock;
use crate::sys::process::{self, Pid};

/// Leaves an init, a child of this process, to its end.
pub(crate) fn push(init: Pid) {
    lock(&ENDING).push_back(init);
}

/// Reaps those that have ended, and waits for others until there are no more than `most`. Whether it has reaped any.
pub(crate) fn reap(most: usize) -> bool {
    let mut any = false;
    loop {
        // Out of the list before waiting: other workers go on meanwhile.
        let (init, block) = {
            let mut ending = lock(&ENDING);
            let block = ending.len() > most;
            (ending.pop_front(), block)
        };
        let Some(init) = init else { return any };
        if !process::reap(init, block) {
            lock(&ENDING).push_front(init);
            return any;
        }
        any = true;
    }
}

static ENDING: Mutex<VecDeque<Pid>> = Mutex::new(VecDeque::new());
