//! How init supervises the body, and what it does at its end.

use std::os::fd::AsFd;

use super::run::{Init, Job};
use super::running_body::RunningBody;
use crate::sandbox::Plan;
use crate::sys::process::{self, Forked, Pid, WaitStatus};
use crate::sys::signal::SignalFd;
use crate::sys::{fd, signal};

/// Why init stops watching.
enum Event {
    BodyEnded {
        status: WaitStatus,
        /// Whether it has left processes.
        left: bool,
    },
    /// The harness is gone, or has had enough of this test.
    Called,
}

impl Init<'_> {
    /// Waits for the body's end, reports it, and ends everything that is left.
    pub(super) fn supervise(&mut self, forked: &Forked, plan: &Plan, body: &RunningBody) {
        let leftovers = &body.leftovers;
        match self.wait_for_event(body) {
            Event::BodyEnded { status, left } => {
                if let Some(bytes) = plan.full_scratch() {
                    self.page.write_full_scratch(bytes);
                }
                if left {
                    leftovers.report(self.page);
                }
                if self.is_held() {
                    self.report_and_hold(forked, status, &body.signals);
                    leftovers.end();
                } else {
                    if left {
                        leftovers.end();
                    }
                    self.page.write_ended(status);
                }
            }
            Event::Called => {
                leftovers.end_body(body.pid);
                leftovers.end();
            }
        }
        self.hang_up(forked);
    }

    /// Init's last report comes first: once it is called, the page may be another test's.
    fn report_and_hold(&mut self, forked: &Forked, status: WaitStatus, signals: &SignalFd) {
        self.page.write_ended(status);
        self.hang_up(forked);
        self.wait_for_call(signals);
    }

    /// Whether the sandbox outlasts the body, for somebody to look at it.
    fn is_held(&self) -> bool {
        matches!(&self.job, Job::Test { request, .. } if request.hold)
    }

    fn wait_for_call(&self, signals: &SignalFd) {
        loop {
            let ready = fd::poll([self.fds.lifeline, signals.as_fd()], None);
            let called = std::iter::from_fn(|| signal::next(signals))
                .any(|number| number == signal::SIGTERM);
            if called || ready.is_ok_and(|[lifeline, _]| lifeline.hung_up) {
                return;
            }
        }
    }

    fn wait_for_event(&self, body: &RunningBody) -> Event {
        let signals = &body.signals;
        loop {
            let [lifeline, _] =
                fd::poll([self.fds.lifeline, signals.as_fd()], None).unwrap_or_default();
            if lifeline.hung_up {
                return Event::Called;
            }
            while let Some((number, value)) = signal::next_with_value(signals) {
                match number {
                    signal::SIGTERM => return Event::Called,
                    // `Child::signal`. The body is not reaped yet: the pid is its own.
                    signal::SIGUSR1 if matches!(self.job, Job::Command { .. }) => {
                        let _ = process::kill_by_number(body.pid, value);
                    }
                    _ => {}
                }
            }
            // Asked again: it may have said its last word in between.
            if self.page.is_begun() && process::has_ended(body.pid) && self.page.is_begun() {
                // Before it is reaped: /proc still has the name that it ended under.
                body.leftovers.report_name_of(body.pid, self.page);
            }
            if let Some(event) = reap(body.pid) {
                return event;
            }
        }
    }

    /// Closes init's copies of all pipes: the harness takes it from there.
    fn hang_up(&mut self, forked: &Forked) {
        fd::close_streams(forked);
        drop(self.fds.output.take());
    }
}

/// Reaps all that have ended; an event if the body is among them.
///
/// When a process ends its children become init's before anyone can wait for it, so that "no children" means that nobody is left.
fn reap(body: Pid) -> Option<Event> {
    let mut ended = None;
    loop {
        match process::wait_any(false) {
            Ok(Some((pid, status))) if pid == body => ended = Some(status),
            Ok(Some(_stray)) => {}
            others => {
                let left = others.is_ok();
                return ended.map(|status| Event::BodyEnded { status, left });
            }
        }
    }
}
