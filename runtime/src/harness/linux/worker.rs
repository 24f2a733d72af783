//! A worker: a thread of the harness that requests one test, reads its output, and waits for the
//! verdict.

use std::iter;
use std::mem;
use std::sync::Arc;

use super::attempt::Attempt;
use super::run_options::RunOptions;
use super::run_state::RunState;
use crate::channel::request_socket::TestRequest;
use crate::channel::result_page::ResultPage;
use crate::error::SetupError;
use crate::launcher::Launcher;
use crate::outcome::finished::Finished;
use crate::outcome::verdict::TimedOut;
use crate::request::test::Test;
use crate::sandbox::prepared::Task;

/// A thread's launcher.
#[derive(Debug)]
pub(crate) struct Worker {
    launcher: Launcher,
    run: Arc<RunState>,
    is_lost: bool,
    unreceived: Option<SetupError>,
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
            unreceived: None,
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
                    self.unreceived = Some(error.clone());
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
    pub(super) fn take_unreceived(&mut self) -> Option<SetupError> {
        self.unreceived.take()
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
