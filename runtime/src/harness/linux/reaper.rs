//! Inits that have reported everything and are about to exit.
//!
//! The kernel takes a while to end a mount namespace, and a worker spends that time on the next
//! test. But each unreaped init holds its namespaces, so all workers share one list. A worker that
//! reaches a limit can then reap every init, also those of idle workers.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::sys::lock::lock;
use crate::sys::process::{self, Pid};

/// The list of these inits.
#[derive(Debug, Default)]
pub(super) struct Reaper {
    ending: Mutex<VecDeque<Pid>>,
}

impl Reaper {
    /// Adds an init, a child of this process.
    pub(super) fn push(&self, init: Pid) {
        lock(&self.ending).push_back(init);
    }

    /// Reaps the inits that have exited, and waits for others until at most `most` are left.
    /// Returns whether it has reaped any.
    pub(super) fn reap(&self, most: usize) -> bool {
        let mut any = false;
        loop {
            // Removed from the list before the wait, so that other workers can continue meanwhile.
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
