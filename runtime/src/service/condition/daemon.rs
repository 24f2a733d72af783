//! The daemon that a program leaves when it exits.

use std::time::{Duration, Instant};

use crate::service::message::State;
use crate::service::process_tree;
use crate::sys::process::Pid;

/// The process that the supervisor takes for the daemon, and when this condition first saw it.
#[derive(Default)]
pub(in crate::service) struct Daemon {
    candidate: Option<(Pid, Instant)>,
}

impl Daemon {
    /// Returns whether the program has left a daemon, and not only the first child of a double fork
    /// (`daemon(7)`), which exits next. A daemon sleeps when it waits for work; that child does not
    /// sleep.
    pub(super) fn is_settled(&mut self, state: &State) -> bool {
        /// A daemon that computes from the start never sleeps.
        const LONGEST: Duration = Duration::from_secs(1);
        if !state.forked {
            return false;
        }
        let since = match self.candidate {
            Some((pid, since)) if pid == state.pid => since,
            _ => Instant::now(),
        };
        self.candidate = Some((state.pid, since));
        let waits = !process_tree::proc_is_ours()
            || process_tree::state(state.pid).is_some_and(|letter| "SIT".contains(letter));
        waits || since.elapsed() > LONGEST
    }
}
