//! What a thread of the harness does with one test: has it launched, drains its output, waits for the verdict.

use std::mem;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::monitor::{Terms, Watch};
use super::namespace_limits::Quotas;
use super::oom_kills;
use super::reaper;
use super::serial_lock::Turn;
use crate::channel::request_socket::{Answer, Order, Refusal};
use crate::channel::result_page::Told;
use crate::error::{SetupError, Step};
use crate::launcher::Launcher;
use crate::outcome::captured_output::Output;
use crate::outcome::finished::Finished;
use crate::outcome::verdict::{Evidence, TimedOut, Verdict};
use crate::request::test::Test;
use crate::sys::process::{self, Pid, WaitStatus};
use crate::sys::{Errno, signal};

/// A thread's launcher.
#[derive(Debug)]
pub(crate) struct Worker {
    launcher: Launcher,
}

/// How many orders there were.
static ORDERS: AtomicU32 = AtomicU32::new(0);

/// How many tests of all workers have come to their end: what a refused one may wait for.
static FINISHED: AtomicU64 = AtomicU64::new(0);

/// How long nothing may move before a refusal is believed.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a worker waits at most before it asks again.
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

/// How many inits may be on their way out when a worker goes on to its next test.
const MOST_ENDING: usize = 16;

impl Worker {
    pub(crate) fn new(launcher: Launcher) -> Self {
        Self { launcher }
    }

    /// Runs test number `index` of the table.
    ///
    /// `renew` makes another launcher in the place of one that is gone.
    pub(crate) fn run(
        &mut self,
        index: u32,
        test: &Test,
        terms: &Terms,
        renew: &dyn Fn() -> Option<Launcher>,
    ) -> Finished {
        self.launcher.page.clear();
        // Before anything is timed: it may be long until it is this test's turn.
        let turn = match test.serial().map(Turn::wait).transpose() {
            Ok(turn) => turn,
            Err(error) => return self.not_launched(&error),
        };
        let order = Order {
            number: ORDERS.fetch_add(1, Ordering::Relaxed),
            test: index,
            capture: terms.capture,
            hold: terms.wishes.any(),
        };
        let finished = match self.make(order, test, terms) {
            Err(error) if Launcher::never_heard(&error) => match renew() {
                Some(launcher) => {
                    mem::replace(&mut self.launcher, launcher).stop();
                    self.make(order, test, terms)
                }
                None => Err(error),
            },
            other => other,
        };
        let finished = finished.unwrap_or_else(|error| self.not_launched(&error));
        drop(turn);
        FINISHED.fetch_add(1, Ordering::Relaxed);
        reaper::reap(MOST_ENDING);
        finished
    }

    fn not_launched(&self, error: &SetupError) -> Finished {
        self.launcher.page.tell_error(error);
        self.finish(None, None, Output::default())
    }

    /// Waits for everything that is still ending.
    pub(crate) fn stop(self) {
        reaper::reap(0);
        self.launcher.stop();
    }

    /// Has it made and watches it to its end; has it made again as long as the kernel refuses it for the moment.
    fn make(&self, order: Order, test: &Test, terms: &Terms) -> Result<Finished, SetupError> {
        let mut pause = Duration::from_micros(500);
        let mut moved = (FINISHED.load(Ordering::Relaxed), Instant::now());
        loop {
            let pipe = self.launcher.launch(order)?;
            let mut watch = Watch::new(&self.launcher, pipe.as_fd(), test, terms);
            let is_over = watch.until_over();
            if let Some(init) = self.launcher.init.get() {
                return Ok(self.conclude(watch, is_over, init, test, terms));
            }
            let refusal = match self.launcher.answer()? {
                // The page says why.
                Answer::Unprepared => return Ok(self.finish(None, None, Output::default())),
                Answer::Refused(refusal) => refusal,
            };
            // The kernel gives back the count of a namespace some time after its last process is gone, so that a limit may
            // be full for a moment only: as long as anything moves, it is too early to complain.
            let finished = FINISHED.load(Ordering::Relaxed);
            if reaper::reap(0) || finished != moved.0 {
                moved = (finished, Instant::now());
            }
            if !may_pass(refusal) || moved.1.elapsed() > PATIENCE {
                return Err(refused(refusal));
            }
            // Each try costs the kernel most of a process: many workers at it would keep it from what they wait for.
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Ends what is left of a test that is over, or has run too long.
    fn conclude(
        &self,
        mut watch: Watch<'_>,
        is_over: bool,
        init: Pid,
        test: &Test,
        terms: &Terms,
    ) -> Finished {
        let timed_out = (!is_over).then(|| watch.time_out());
        let state = if terms.wishes.any() {
            self.hold(init, test, terms, timed_out.as_ref())
        } else {
            None
        };
        if timed_out.is_some() || terms.wishes.any() {
            watch.end();
        }
        let output = watch.output;
        Finished {
            state,
            ..self.finish(timed_out, self.leave(init), output)
        }
    }

    /// Leaves init to its end. Its status where it was killed, so that the kernel alone knows by what.
    fn leave(&self, init: Pid) -> Option<WaitStatus> {
        if self.launcher.is_elsewhere() {
            // The launcher reaps it, now that nobody asks for it any more.
            self.launcher.init.clear();
            return None;
        }
        if self.launcher.page.told() == Told::Nothing {
            return process::wait_for(init).ok();
        }
        reaper::push(init);
        None
    }

    /// Fulfils the wishes for a test that has failed, whose sandbox init holds.
    fn hold(
        &self,
        init: Pid,
        test: &Test,
        terms: &Terms,
        timed_out: Option<&TimedOut>,
    ) -> Option<String> {
        let finished = self.finish(timed_out.cloned(), None, Output::default());
        let failed = matches!(finished.evidence.judge(test), Verdict::Failed(_));
        failed
            .then(|| terms.wishes.fulfil(init.unsigned_abs(), terms.show))
            .flatten()
    }

    fn finish(
        &self,
        timed_out: Option<TimedOut>,
        init: Option<WaitStatus>,
        output: Output,
    ) -> Finished {
        let page = self.launcher.page;
        let (said, told) = (page.said(), page.told());
        let body = if let Told::Ended(status) = told {
            Some(status)
        } else {
            init
        };
        let killed = body.is_some_and(|status| status.is_from(signal::SIGKILL));
        Finished {
            evidence: Evidence {
                said,
                told,
                strays: page.strays(),
                name: page.name(),
                oom_kills: if killed { oom_kills::kills_since() } else { 0 },
                init,
                timed_out,
            },
            output,
            state: None,
        }
    }
}

/// Whether the kernel may take the next try.
fn may_pass(refusal: Refusal) -> bool {
    match refusal.errno {
        Errno::AGAIN => true,
        Errno::NOSPC => !Quotas::of(refusal).is_some_and(|quotas| quotas.forbid()),
        _ => false,
    }
}

fn refused(refusal: Refusal) -> SetupError {
    let error = SetupError::new(Step::MakeNamespaces, refusal.call, refusal.errno);
    match Quotas::of(refusal).and_then(|quotas| quotas.describe()) {
        Some(limit) => error.because(limit),
        None => error,
    }
}
