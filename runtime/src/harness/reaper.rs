//! Inits that have reported everything and are about to end.
//!
//! The kernel takes a while to end a mount namespace, which a worker spends on the next test. But each unreaped init holds its
//! namespaces, so that all workers share one list: a worker that meets a limit can clear it, also of what idle workers have left.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::sys::lock::lock;
use crate::sys::process::{self, Pid};

/// The list.
#[derive(Debug, Default)]
pub(super) struct Reaper {
    ending: Mutex<VecDeque<Pid>>,
}

impl Reaper {
    /// Adds an init, a child of this process.
    pub(super) fn push(&self, init: Pid) {
        lock(&self.ending).push_back(init);
    }

    /// Reaps those that have ended, and waits for others until there are no more than `most`. Returns whether it has reaped any.
    pub(super) fn reap(&self, most: usize) -> bool {
        let mut any = false;
        loop {
            // Out of the list before waiting: other workers go on meanwhile.
            let (init, block) = {
                let mut ending = lock(&self.ending);
                let block = ending.len() > most;
                (ending.pop_front(), block)
            };
            let Some(init) = init else { return any };
            if !process::reap(init, block) {
                lock(&self.ending).push_front(init);
                return any;
            }
            any = true;
        }
    }
}
