//! Watching a test that runs: its output, its deadline, and its end.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::inspect;
use crate::output::Output;
use crate::sys::process;
use crate::sys::{fd, signal};
use crate::test::Test;
use crate::verdict::TimedOut;

/// What holds for all tests of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Whether their output is collected, or passed through.
    pub(crate) capture: bool,
    /// How long a test may take that does not say it itself.
    pub(crate) timeout: Option<Duration>,
    pub(crate) slow: Slow,
}

/// After how long a test is called slow, and by what.
type Slow = (Duration, fn(&str, Duration));

/// A test, from its launch to its end.
pub(crate) struct Watch<'a> {
    init: BorrowedFd<'a>,
    pipe: BorrowedFd<'a>,
    name: &'a str,
    begin: Instant,
    timeout: Option<Duration>,
    /// `None` once it has been called so.
    slow: Option<Slow>,
    pub(crate) output: Output,
}

/// How long init may take, once it is called, to end the test's processes.
const GRACE: Duration = Duration::from_secs(2);

impl<'a> Watch<'a> {
    pub(crate) fn new(
        init: BorrowedFd<'a>,
        pipe: BorrowedFd<'a>,
        test: &'a Test,
        terms: &Terms,
    ) -> Self {
        Self {
            init,
            pipe,
            name: &test.name,
            begin: Instant::now(),
            timeout: test.timeout.or(terms.timeout),
            slow: Some(terms.slow),
            output: Output::default(),
        }
    }

    /// Collects output until init hangs up or is gone. `false`: the deadline came first.
    pub(crate) fn until_over(&mut self) -> bool {
        loop {
            let next = [self.timeout, self.slow.map(|(after, _)| after)]
                .into_iter()
                .flatten()
                .min();
            if self.drain(next.map(|after| self.begin + after)) {
                return true;
            }
            let elapsed = self.begin.elapsed();
            if self.timeout.is_some_and(|timeout| elapsed >= timeout) {
                return false;
            }
            if let Some((after, call)) = self.slow.take_if(|(after, _)| elapsed >= *after) {
                call(self.name, after);
            }
        }
    }

    /// Ends a test that runs still: by init, who can find all of its processes; by the kernel, should init not come to it.
    /// Answers with what they were doing.
    pub(crate) fn end(&mut self) -> TimedOut {
        let pid = inspect::pid_of(self.init.as_raw_fd());
        let timed_out = TimedOut {
            after: self.timeout.unwrap_or_default(),
            activities: pid.map(inspect::activities).unwrap_or_default(),
        };
        for call in [signal::SIGTERM, signal::SIGKILL] {
            let _ = process::pidfd_send_signal(self.init, call);
            if self.drain(Some(Instant::now() + GRACE)) {
                break;
            }
        }
        timed_out
    }

    /// Reads output until init hangs up or is gone. `false`: this moment came first.
    ///
    /// Not until the end of the pipe: a process that escaped may hold it open for ever.
    fn drain(&mut self, until: Option<Instant>) -> bool {
        let mut buffer = [0; 16 << 10];
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let Ok([from_pipe, from_init]) = fd::poll([self.pipe, self.init], left) else {
                return true;
            };
            if from_pipe.readable || from_pipe.hung_up {
                match fd::read(self.pipe, &mut buffer) {
                    Ok(0) | Err(_) => return true,
                    Ok(length) => self.output.push(&buffer[..length]),
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
}
