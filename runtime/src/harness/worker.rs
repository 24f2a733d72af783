//! A worker: a thread of the harness that requests one test, reads its output, and waits for the
//! verdict.

use std::iter;
use std::mem;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::monitor::{RunOptions, TestMonitor};
use super::namespace_limits::NamespaceLimits;
use super::retry::Retry;
use super::run_state::RunState;
use crate::channel::request_socket::{Reply, SpawnError, TestRequest};
use crate::channel::result_page::{BodyReport, InitReport, ResultPage};
use crate::error::{SetupError, Step};
use crate::launcher::Launcher;
use crate::outcome::captured_output::Output;
use crate::outcome::finished::Finished;
use crate::outcome::verdict::{Outcome, TimedOut, Verdict};
use crate::request::test::Test;
use crate::sandbox::prepared::Task;
use crate::sys::process::{self, Pid, WaitStatus};
use crate::sys::{Errno, procfs, signal};

/// A thread's launcher.
#[derive(Debug)]
pub(crate) struct Worker {
    launcher: Launcher,
    run: Arc<RunState>,
    is_lost: bool,
    unheard: Option<SetupError>,
}

/// Makes another launcher in place of a lost one.
pub(super) type Replacement<'a> = &'a dyn Fn() -> Option<Launcher>;

/// The test that a request is for, and the options of this run.
#[derive(Clone, Copy)]
pub(super) struct Purpose<'a> {
    /// The test's index in the table.
    pub(super) index: u32,
    pub(super) test: &'a Test,
    pub(super) options: &'a RunOptions,
    pub(super) replacement: Replacement<'a>,
}

/// How many inits may still be exiting when a worker goes on to its next test.
const MOST_ENDING: usize = 16;

impl Worker {
    pub(super) fn new(launcher: Launcher, run: Arc<RunState>) -> Self {
        Self {
            launcher,
            run,
            is_lost: false,
            unheard: None,
        }
    }

    /// Requests a preparation. Returns also what its body found in the directory.
    pub(super) fn request_scanned(
        &mut self,
        purpose: Purpose<'_>,
        task: &Task,
    ) -> (Finished, String) {
        let (finished, number) = self.request_numbered(purpose, task);
        let page = self.launcher.page.of_request(number);
        (finished, page.scanned())
    }

    /// Requests a test, or another task in a sandbox of its kind, and waits for its end.
    pub(super) fn request(&mut self, purpose: Purpose<'_>, task: &Task) -> Finished {
        self.request_numbered(purpose, task).0
    }

    fn request_numbered(&mut self, purpose: Purpose<'_>, task: &Task) -> (Finished, u32) {
        let task = &*task.to_bytes();
        let finished = match self.try_once(purpose, task) {
            Err(error) if Launcher::never_heard(&error) => match (purpose.replacement)() {
                Some(launcher) => {
                    mem::replace(&mut self.launcher, launcher).stop();
                    self.try_once(purpose, task)
                }
                None => Err(error),
            },
            other => other,
        };
        self.run.count_finished();
        self.run.reaper.reap(MOST_ENDING);
        match finished {
            Ok(finished) => finished,
            Err(error) if Launcher::is_stuck(&error) => (self.give_up(error, purpose), 0),
            Err(error) => {
                if Launcher::never_heard(&error) {
                    self.unheard = Some(error.clone());
                }
                (Finished::not_launched(error), 0)
            }
        }
    }

    /// Tries once, and returns also the number of the request. `Err`: no init was made for it.
    fn try_once(&self, purpose: Purpose<'_>, task: &[u8]) -> Result<(Finished, u32), SetupError> {
        let Purpose {
            index,
            test,
            options,
            ..
        } = purpose;
        let (number, page) = self.open_page()?;
        let request = TestRequest {
            number,
            test: index,
            capture: options.capture,
            hold: options.debug.any(),
        };
        let attempt = Attempt {
            launcher: &self.launcher,
            run: &self.run,
            page,
            task,
            test,
            options,
        };
        attempt.run(request).map(|finished| (finished, number))
    }

    /// Returns the result of a test whose launcher does not answer.
    fn give_up(&mut self, error: SetupError, purpose: Purpose<'_>) -> Finished {
        self.launcher.kill();
        match (purpose.replacement)() {
            Some(launcher) => mem::replace(&mut self.launcher, launcher).stop(),
            None => self.is_lost = true,
        }
        let timeout = purpose.test.timeout().or(purpose.options.timeout);
        let mut finished = Finished::not_launched(error);
        finished.outcome.timed_out = Some(TimedOut {
            after: timeout.unwrap_or_default(),
            activities: Vec::new(),
        });
        finished
    }

    /// Takes the reason why no launcher received the last request, so that another worker may run
    /// the test.
    pub(super) fn take_unheard(&mut self) -> Option<SetupError> {
        self.unheard.take()
    }

    /// Returns whether its launcher is no longer usable.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Returns a number for a request, and its page. A process that was killed while it wrote a
    /// report blocks the page of its number, but the next numbers have other pages.
    fn open_page(&self) -> Result<(u32, ResultPage), SetupError> {
        const MOST_TRIES: usize = 64;
        let numbers = iter::repeat_with(|| self.run.next_request());
        numbers
            .take(MOST_TRIES)
            .find_map(|number| Some((number, self.launcher.page.open(number)?)))
            .ok_or_else(Launcher::page_is_lost)
    }

    /// Waits for everything that is still ending.
    pub(crate) fn stop(self) {
        self.run.reaper.reap(0);
        self.launcher.stop();
    }
}

/// One test, with its launcher and page.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    launcher: &'a Launcher,
    run: &'a RunState,
    page: ResultPage,
    task: &'a [u8],
    test: &'a Test,
    options: &'a RunOptions,
}

impl Attempt<'_> {
    /// Launches the test and monitors it to its end. Retries as long as the kernel refuses it
    /// temporarily.
    fn run(self, request: TestRequest) -> Result<Finished, SetupError> {
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

    /// Lets init exit. Returns its status if it was killed: only the kernel knows by which signal.
    fn leave(&self, init: Pid) -> Option<WaitStatus> {
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

    /// Runs the debug options on the sandbox of a failed test.
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
    fn outcome(&self, timed_out: Option<TimedOut>, init: Option<WaitStatus>) -> Outcome {
        let page = self.page;
        let (body_report, init_report) = (page.body_report(), page.init_report());
        let is_whole = body_report != BodyReport::Corrupt && init_report != InitReport::Corrupt;
        let body = if let InitReport::Ended(status) = init_report {
            Some(status)
        } else {
            init
        };
        let killed = body.is_some_and(|status| status.is_from(signal::SIGKILL));
        Outcome {
            body_report,
            init_report,
            has_leftovers: page.has_leftovers(),
            leftovers: page.leftovers(),
            full_scratch: page.full_scratch().filter(|_| is_whole),
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
