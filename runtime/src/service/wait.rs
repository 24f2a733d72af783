//! Waiting for a service to be ready, and for its exit.

use std::time::{Duration, Instant};

use super::condition::{Condition, Look};
use super::handle::{Gone, Handle};
use super::message::{Request, State};
use super::problem::Problem;
use super::process_tree;
use std::process::ExitStatus;

/// The first pause between two checks, and the longest. A change that the supervisor sees ends a
/// pause early.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl From<Gone> for Problem {
    fn from(_: Gone) -> Self {
        Self::SupervisorGone
    }
}

/// Waits until all conditions are met, one after the other.
pub(super) fn for_readiness(
    handle: &Handle,
    conditions: &mut [Condition],
    timeout: Duration,
) -> Result<(), Problem> {
    conditions.iter_mut().for_each(Condition::reset);
    handle.ask(Request::Waiting(true))?;
    let result = Wait::new(handle, timeout).for_all(conditions);
    conditions.iter_mut().for_each(Condition::reset);
    let told = match result {
        Ok(()) => Some(Request::Waiting(false)),
        Err(Problem::Ended { .. }) => Some(Request::Reported),
        Err(_) => None,
    };
    told.map(|request| handle.ask(request)).transpose()?;
    result
}

/// Waits until the main process has exited. `None`: it still runs after this time.
pub(super) fn for_end(handle: &Handle, timeout: Duration) -> Result<Option<ExitStatus>, Gone> {
    let start = Instant::now();
    loop {
        if let Some(status) = handle.state()?.ended {
            return Ok(Some(status));
        }
        let Some(rest) = timeout.checked_sub(start.elapsed()) else {
            return Ok(None);
        };
        handle.sleep(rest.min(LONGEST_PAUSE));
    }
}

struct Wait<'a> {
    handle: &'a Handle,
    timeout: Duration,
    start: Instant,
    pause: Duration,
}

impl<'a> Wait<'a> {
    fn new(handle: &'a Handle, timeout: Duration) -> Self {
        Self {
            handle,
            timeout,
            start: Instant::now(),
            pause: FIRST_PAUSE,
        }
    }

    fn for_all(&mut self, conditions: &mut [Condition]) -> Result<(), Problem> {
        let mut log_number = 0;
        for condition in conditions {
            self.for_one(condition, log_number)?;
            log_number += usize::from(condition.log_text().is_some());
        }
        let state = self.handle.state()?;
        self.unless_ended(&state, || {
            "nothing more (all conditions were met)".to_owned()
        })
    }

    fn for_one(&mut self, condition: &mut Condition, log_number: usize) -> Result<(), Problem> {
        loop {
            let state = self.handle.state()?;
            self.unless_ended(&state, || condition.to_string())?;
            let note = match condition.look(&state, self.handle.supervisor, log_number) {
                Look::Met => return Ok(()),
                Look::NotYet(note) => note,
                Look::Broken(reason) => return Err(Problem::BrokenCondition(reason)),
            };
            let timeout = self
                .timeout
                .saturating_add(Duration::from_micros(state.extended_micros));
            let Some(rest) = timeout.checked_sub(self.start.elapsed()) else {
                return Err(Problem::NotReady {
                    after: timeout,
                    waited_for: condition.to_string(),
                    note: condition.explain(self.handle.supervisor).or(note),
                });
            };
            self.handle.sleep(rest.min(self.pause));
            self.pause = (self.pause * 5 / 4).min(LONGEST_PAUSE);
        }
    }

    fn unless_ended(
        &self,
        state: &State,
        waited_for: impl FnOnce() -> String,
    ) -> Result<(), Problem> {
        let Some(status) = state.ended else {
            return Ok(());
        };
        let left = process_tree::descendants(self.handle.supervisor);
        Err(Problem::Ended {
            status,
            out_of_memory: state.out_of_memory,
            sent_kill: false,
            waited_for: waited_for(),
            left: left
                .into_iter()
                .map(|pid| format!("`{}` (pid {pid})", process_tree::name(pid)))
                .collect(),
        })
    }
}
