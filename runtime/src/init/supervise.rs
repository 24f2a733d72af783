//! How init supervises the body, and what it does when the body has ended.

use std::os::fd::AsFd;
use std::process::ExitStatus;

use super::run::{Init, Job};
use super::running_body::RunningBody;
use super::signals::{self, SignalFd};
use super::streams;
use crate::sandbox::Plan;
use crate::sys::process::{self, Forked, Pid};
use crate::sys::{fd, signal};

/// The reason why init stops supervising.
enum Event {
    BodyEnded {
        status: ExitStatus,
        /// Whether processes are left.
        left: bool,
    },
    /// The harness is gone, or has signalled init to end this test.
    Called,
}

impl Init<'_> {
    /// Waits for the body's end, reports it, and ends every process that is left.
    pub(super) fn supervise(&mut self, forked: &Forked, plan: &Plan, body: &RunningBody) {
        let leftovers = &body.leftovers;
        match self.wait_for_event(body) {
            Event::BodyEnded { status, left } => {
                if let Some(bytes) = plan.full_scratch() {
                    self.page.write_full_scratch(bytes);
                }
                // Those of a body with a tracer are reported already.
                if left && !self.page.has_leftovers() {
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

    /// Sends the last report, then holds the sandbox. The report comes first: once init is
    /// signalled, the page may belong to another test.
    fn report_and_hold(&mut self, forked: &Forked, status: ExitStatus, signals: &SignalFd) {
        self.page.write_ended(status);
        self.hang_up(forked);
        self.wait_for_call(signals);
    }

    /// Returns whether the sandbox outlasts the body, so that the user can inspect it.
    fn is_held(&self) -> bool {
        matches!(&self.job, Job::Test { request, .. } if request.hold)
    }

    fn wait_for_call(&self, signals: &SignalFd) {
        loop {
            let ready = fd::poll([self.fds.lifeline, signals.as_fd()], None);
            let called = std::iter::from_fn(|| signals::next(signals))
                .any(|number| number == signal::SIGTERM);
            if called || ready.is_ok_and(|[lifeline, _]| lifeline.hung_up) {
                return;
            }
        }
    }

    fn wait_for_event(&self, body: &RunningBody) -> Event {
        let signals = &body.signals;
        loop {
            let fds = [self.fds.lifeline, signals.as_fd(), body.end()];
            let [lifeline, _, end] = fd::poll(fds, None).unwrap_or_default();
            if lifeline.hung_up {
                return Event::Called;
            }
            while let Some((number, value)) = signals::next_with_value(signals) {
                match number {
                    signal::SIGTERM => return Event::Called,
                    // From `Child::signal`. The body is not reaped yet, so its pid is not in use
                    // again.
                    signal::SIGUSR1 if matches!(self.job, Job::Command { .. }) => {
                        let _ = process::kill_by_number(body.pid, value);
                    }
                    _ => {}
                }
            }
            // Checked again, because the body may have sent its last report in between.
            if self.page.is_begun() && process::has_ended(body.pid) && self.page.is_begun() {
                body.leftovers.report_end_of(body.pid, self.page);
            }
            if let Some(event) = reap(body.pid) {
                return event;
            }
            if end.readable && body.end.is_some() {
                body.leftovers.end_tracer(body.pid, self.page);
            }
        }
    }

    /// Closes init's copies of all pipes, because the harness waits until they hang up.
    fn hang_up(&mut self, forked: &Forked) {
        streams::close_streams(forked);
        if let Some(output) = self.fds.output.take() {
            fd::close_copy(forked, output);
        }
    }
}

/// Reaps all exited children, and returns an event if the body is among them.
///
/// When a process exits, its children become init's before any process can wait for it. So "no
/// children" means that no process is left.
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
