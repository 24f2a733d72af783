//! What a thread of the harness does with one test: has it launched, drains its output, waits for the verdict.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{SetupError, Step};
use crate::launcher::Launcher;
use crate::output::Output;
use crate::sys::process::{self, WaitStatus};
use crate::sys::{Errno, fd, signal};
use crate::test::Test;
use crate::verdict::Evidence;
use crate::wire::control::{Answer, Order};
use crate::wire::page::Told;

/// A launcher, and the tests' inits that it has made and nobody has reaped yet.
#[derive(Debug)]
pub(crate) struct Worker {
    launcher: Launcher,
    ending: VecDeque<OwnedFd>,
}

/// A test that is over.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) evidence: Evidence,
    pub(crate) output: Output,
}

/// How many tests of all workers have come to their end: what a refused one may wait for.
static FINISHED: AtomicU64 = AtomicU64::new(0);

/// How long nothing may move before a refusal is believed.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many ended inits a worker leaves to the kernel at a time. Taking down a mount namespace takes a while, which the
/// worker spends on the next test.
const MOST_ENDING: usize = 4;

/// How long init may take, once it is called, to end the test's processes.
const GRACE: Duration = Duration::from_secs(2);

impl Worker {
    pub(crate) fn new(launcher: Launcher) -> Self {
        Self {
            launcher,
            ending: VecDeque::new(),
        }
    }

    /// Runs test number `index` of the table.
    pub(crate) fn run(&mut self, index: u32, test: &Test, capture: bool) -> Finished {
        self.launcher.page.clear();
        let finished = match self.launch(Order {
            test: index,
            capture,
        }) {
            Ok(Some((init, output))) => self.watch(init, output.as_fd(), test),
            Ok(None) => self.finish(None, None, Output::default()),
            Err(error) => {
                self.launcher.page.tell_error(&error);
                self.finish(None, None, Output::default())
            }
        };
        FINISHED.fetch_add(1, Ordering::Relaxed);
        self.reap(MOST_ENDING);
        finished
    }

    /// Waits for everything that is still ending.
    pub(crate) fn stop(mut self) {
        self.reap(0);
        self.launcher.stop();
    }

    /// `None`: the test could not even be prepared, the page says why.
    fn launch(&mut self, order: Order) -> Result<Option<(OwnedFd, OwnedFd)>, SetupError> {
        let mut moved = (FINISHED.load(Ordering::Relaxed), Instant::now());
        loop {
            let (call, errno) = match self.launcher.launch(order)? {
                Answer::Started { init, output } => return Ok(Some((init, output))),
                Answer::Unprepared => return Ok(None),
                Answer::Refused { call, errno } => (call, errno),
            };
            // The kernel gives back the count of a namespace some time after its last process is gone, so that a limit may
            // be full for a moment only: as long as anything moves, it is too early to complain.
            let finished = FINISHED.load(Ordering::Relaxed);
            if finished != moved.0 || !self.ending.is_empty() {
                moved = (finished, Instant::now());
            }
            if !matches!(errno, Errno::NOSPC | Errno::AGAIN) || moved.1.elapsed() > PATIENCE {
                return Err(SetupError::new(Step::MakeNamespaces, call, errno));
            }
            self.reap(0);
            thread::sleep(Duration::from_micros(500));
        }
    }

    fn watch(&mut self, init: OwnedFd, pipe: BorrowedFd<'_>, test: &Test) -> Finished {
        let mut output = Output::default();
        let deadline = test.timeout.map(|timeout| Instant::now() + timeout);
        let in_time = drain(init.as_fd(), pipe, &mut output, deadline);
        let timed_out = if in_time { None } else { test.timeout };
        if timed_out.is_some() {
            end(init.as_fd(), pipe, &mut output);
        }
        let status = if self.launcher.page.told() == Told::Nothing {
            // Killed: the kernel alone knows by what.
            process::wait_pidfd(init.as_fd(), true).ok().flatten()
        } else {
            self.ending.push_back(init);
            None
        };
        self.finish(timed_out, status, output)
    }

    fn finish(
        &self,
        timed_out: Option<Duration>,
        init: Option<WaitStatus>,
        output: Output,
    ) -> Finished {
        let page = self.launcher.page;
        let (said, told) = (page.said(), page.told());
        Finished {
            evidence: Evidence {
                said,
                told,
                strays: page.strays(),
                init,
                timed_out,
            },
            output,
        }
    }

    /// Reaps inits, and waits for them where there are more than `most`.
    fn reap(&mut self, most: usize) {
        while let Some(init) = self.ending.front() {
            match process::wait_pidfd(init.as_fd(), self.ending.len() > most) {
                Ok(None) => return,
                Ok(Some(_)) | Err(_) => drop(self.ending.pop_front()),
            }
        }
    }
}

/// Reads the test's output until init hangs up or is gone. `false`: the deadline came first.
///
/// Not until the end of the pipe: a process that escaped may hold it open for ever.
fn drain(
    init: BorrowedFd<'_>,
    pipe: BorrowedFd<'_>,
    output: &mut Output,
    deadline: Option<Instant>,
) -> bool {
    let mut buffer = [0; 16 << 10];
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let Ok([from_pipe, from_init]) = fd::poll([pipe, init], left) else {
            return true;
        };
        if from_pipe.readable || from_pipe.hung_up {
            match fd::read(pipe, &mut buffer) {
                Ok(0) | Err(_) => return true,
                Ok(length) => output.push(&buffer[..length]),
            }
        } else if from_init.readable {
            return true;
        }
        // Also while output comes: a flood must not put the deadline off.
        if left == Some(Duration::ZERO) {
            return false;
        }
    }
}

/// Ends a test that runs still: by init, who can find all of its processes; by the kernel, should init not come to it.
fn end(init: BorrowedFd<'_>, pipe: BorrowedFd<'_>, output: &mut Output) {
    let _ = process::pidfd_send_signal(init, signal::SIGTERM);
    if !drain(init, pipe, output, Some(Instant::now() + GRACE)) {
        let _ = process::pidfd_send_signal(init, signal::SIGKILL);
        drain(init, pipe, output, Some(Instant::now() + GRACE));
    }
}
