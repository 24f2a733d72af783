//! One attempt at a test: a request to a launcher, the test's output, and its outcome.

use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::thread;
use std::time::Instant;

use super::monitor::TestMonitor;
use super::namespace_limits::NamespaceLimits;
use super::retry::Retry;
use super::run_options::RunOptions;
use super::run_state::RunState;
use crate::channel::request_socket::{Reply, SpawnError, TestRequest};
use crate::channel::result_page::{BodyReport, InitReport, ResultPage};
use crate::error::{SetupError, Step};
use crate::launcher::Launcher;
use crate::outcome::captured_output::Output;
use crate::outcome::finished::Finished;
use crate::outcome::verdict::{Outcome, TimedOut, Verdict};
use crate::request::test::Test;
use crate::sys::process::{self, Pid};
use crate::sys::procfs;
use crate::sys::{Errno, signal};

/// One test, with its launcher and page.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) launcher: &'a Launcher,
    pub(super) run: &'a RunState,
    pub(super) page: ResultPage,
    pub(super) task: &'a [u8],
    pub(super) test: &'a Test,
    pub(super) options: &'a RunOptions,
}

impl Attempt<'_> {
    /// Launches the test and monitors it to its end. Retries as long as the kernel refuses it
    /// temporarily.
    pub(super) fn run(self, request: TestRequest) -> Result<Finished, SetupError> {
        let mut retry = Retry::new(self.run.finished(), Instant::now());
        loop {
            let pipe = self.launcher.launch(request, self.task)?;
            let mut monitor = TestMonitor::new(
                self.launcher,
                self.page,
                pipe.as_fd(),
                self.test,
                self.options,
            );
            let is_over = monitor.until_over();
            if let Some(init) = self.launcher.init.get() {
                return Ok(self.conclude(monitor, is_over, init));
            }
            if !is_over {
                return Err(Launcher::stuck());
            }
            let spawn_error = match self.launcher.reply()? {
                // The result page has the reason.
                Reply::PlanFailed => {
                    return Ok(Finished::new(self.outcome(None, None), Output::default()));
                }
                Reply::Refused(spawn_error) => spawn_error,
            };
            let reaped = self.run.reaper.reap(0);
            let pause = retry.pause(self.run.finished(), reaped, Instant::now());
            match pause.filter(|_| may_pass(spawn_error)) {
                Some(pause) => thread::sleep(pause),
                None => return Err(refused(spawn_error)),
            }
        }
    }

    /// Ends what is left of a test that is over, or has timed out.
    fn conclude(&self, mut monitor: TestMonitor<'_>, is_over: bool, init: Pid) -> Finished {
        let timed_out = (!is_over).then(|| monitor.time_out());
        if !self.options.debug.any() {
            if timed_out.is_some() {
                monitor.end();
            }
            let outcome = self.outcome(timed_out, self.leave(init));
            return Finished::new(outcome, monitor.output);
        }
        // Init holds the sandbox, and has reported everything already.
        let outcome = self.outcome(timed_out, None);
        let state = self.look_at_failed(&outcome, init);
        monitor.end();
        let outcome = Outcome {
            init: self.leave(init),
            ..outcome
        };
        Finished {
            state,
            ..Finished::new(outcome, monitor.output)
        }
    }

    /// Lets init exit. Returns its status if it was killed: only the kernel reports the signal.
    fn leave(&self, init: Pid) -> Option<ExitStatus> {
        if self.launcher.is_elsewhere() {
            // The launcher reaps it once the harness no longer needs its pid.
            self.launcher.init.clear();
            return None;
        }
        if self.page.init_report() == InitReport::Nothing {
            return process::wait_for(init).ok();
        }
        self.run.reaper.push(init);
        None
    }

    /// Applies the debug options to the sandbox of a failed test. Returns the text for its report.
    fn look_at_failed(&self, outcome: &Outcome, init: Pid) -> Option<String> {
        match outcome.judge(self.test) {
            Verdict::Failed(_) => {
                let (debug, show) = (self.options.debug, self.options.show);
                let pidfd = process::pidfd_open(init).ok();
                let number = pidfd.and_then(|pidfd| procfs::number_of(pidfd.as_fd()));
                debug.fulfil(number.unwrap_or(init.unsigned_abs()), show)
            }
            _ => None,
        }
    }

    /// Reads the reports.
    fn outcome(&self, timed_out: Option<TimedOut>, init: Option<ExitStatus>) -> Outcome {
        let page = self.page;
        let (body_report, init_report) = (page.body_report(), page.init_report());
        let is_whole = body_report != BodyReport::Corrupt && init_report != InitReport::Corrupt;
        let body = if let InitReport::Ended(status) = init_report {
            Some(status)
        } else {
            init
        };
        let killed = body.is_some_and(|status| status.signal() == Some(signal::SIGKILL as i32));
        Outcome {
            body_report,
            init_report,
            has_leftovers: page.has_leftovers(),
            leftovers: page.leftovers(),
            full_scratch: page.full_scratch().filter(|_| is_whole),
            cpu_time: page.cpu_time().filter(|_| is_whole && killed),
            name: page.name(),
            oom_kills: if killed {
                self.run.oom_kills.since_last_time()
            } else {
                0
            },
            init,
            timed_out,
            not_prepared: None,
        }
    }
}

/// Returns whether the kernel may accept the next attempt.
fn may_pass(spawn_error: SpawnError) -> bool {
    match spawn_error.errno {
        Errno::AGAIN => true,
        Errno::NOSPC => !NamespaceLimits::of(spawn_error).is_some_and(|quotas| quotas.forbid()),
        _ => false,
    }
}

fn refused(spawn_error: SpawnError) -> SetupError {
    let error = SetupError::new(Step::MakeNamespaces, spawn_error.call, spawn_error.errno);
    match NamespaceLimits::of(spawn_error).and_then(|quotas| quotas.describe()) {
        Some(limit) => error.because(limit),
        None => error,
    }
}
