//! What became of a test: the one place where what was said, told and seen is weighed.

use std::time::Duration;

use super::prepared::{FailedPreparation, NotPrepared};
use super::processes::Activity;
use crate::body::PANIC_CODE;
use crate::channel::result_page::{BodyReport, InitReport, Leftover};
use crate::error::SetupError;
use crate::request::case::{Leftovers, ShouldPanic};
use crate::request::test::Test;

use crate::sys::process::WaitStatus;
use crate::sys::signal::SIGABRT;

/// A test's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Ignored(String),
    Failed(Ending),
}

/// How a test failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It panicked, and std has printed why.
    Panicked(Option<String>),
    /// It returned what is no success.
    Returned(Option<u8>),
    /// `#[should_panic]`, and it did not.
    DidNotPanic,
    /// `#[should_panic(expected = ..)]`, and it panicked with something else.
    PanickedOtherwise {
        expected: &'static str,
        message: Option<String>,
    },
    /// The body ended before its function came back.
    Ended(WaitStatus),
    /// The same, under another name: it had executed a program.
    EndedAs(String, WaitStatus),
    /// The function came back, and then its process ended like this.
    EndedAfter(WaitStatus),
    /// It passed, but processes outlived it.
    LeftProcesses,
    /// It did not run: a directory could not be prepared.
    NotPrepared(FailedPreparation),
    TimedOut(TimedOut),
    NotSetUp(SetupError),
    /// Init is gone without a word; its status, where it is known.
    InitEnded(Option<WaitStatus>),
    /// What stands on the page is no word of ours.
    Corrupt,
}

/// A deadline that was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimedOut {
    pub(crate) after: Duration,
    /// What the test's processes were doing when it came.
    pub(crate) activities: Vec<Activity>,
}

/// What is known of a test that is over.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) body_report: BodyReport,
    pub(crate) init_report: InitReport,
    /// Whether processes outlived the body, and those of them that were found.
    pub(crate) has_leftovers: bool,
    pub(crate) leftovers: Vec<Leftover>,
    /// The scratch space of the test's overlays was full: its size, and what was free of it, in bytes.
    pub(crate) full_scratch: Option<[u64; 2]>,
    /// How init ended, where it was waited for.
    pub(crate) init: Option<WaitStatus>,
    /// The deadline that was passed, if one was.
    pub(crate) timed_out: Option<TimedOut>,
    /// The name under which the body's process ended, if it ended without a word.
    pub(crate) name: Option<String>,
    /// How many processes the kernel has killed for want of memory meanwhile, if this one was killed.
    pub(crate) oom_kills: u64,
    /// The test did not run: a directory could not be prepared.
    pub(crate) not_prepared: Option<NotPrepared>,
}

impl Outcome {
    /// Of a test that has no init.
    pub(crate) fn of_failed_setup(error: SetupError) -> Self {
        Self {
            body_report: BodyReport::Nothing,
            init_report: InitReport::NotSetUp(error),
            has_leftovers: false,
            leftovers: Vec::new(),
            full_scratch: None,
            init: None,
            timed_out: None,
            name: None,
            oom_kills: 0,
            not_prepared: None,
        }
    }

    /// A test passes only if its body said so *and* ended with exit status 0 *and* init lived to tell.
    pub(crate) fn judge(&self, test: &Test) -> Verdict {
        match &self.not_prepared {
            None => {}
            Some(NotPrepared::NotSetUp(error)) => {
                return Verdict::Failed(Ending::NotSetUp(error.clone()));
            }
            Some(NotPrepared::Skipped(reason)) => return Verdict::Ignored(reason.clone()),
            Some(NotPrepared::Failed(failed)) => {
                return Verdict::Failed(Ending::NotPrepared(failed.clone()));
            }
        }
        if let Some(timed_out) = &self.timed_out {
            return Verdict::Failed(Ending::TimedOut(timed_out.clone()));
        }
        let status = match &self.init_report {
            InitReport::Ended(status) => *status,
            InitReport::NotSetUp(error) => return Verdict::Failed(Ending::NotSetUp(error.clone())),
            InitReport::Nothing => return Verdict::Failed(Ending::InitEnded(self.init)),
            InitReport::Corrupt => return Verdict::Failed(Ending::Corrupt),
        };
        match self.of_body(status, test) {
            Verdict::Passed if test.leftovers() == Leftovers::Fail && self.has_leftovers => {
                Verdict::Failed(Ending::LeftProcesses)
            }
            verdict => verdict,
        }
    }

    fn of_body(&self, status: WaitStatus, test: &Test) -> Verdict {
        let should_panic = test.should_panic();
        let code = status.exit_code();
        match (&self.body_report, should_panic) {
            (BodyReport::Returned, ShouldPanic::No) if code == Some(0) => Verdict::Passed,
            (BodyReport::Returned, ShouldPanic::No) => Verdict::Failed(Ending::EndedAfter(status)),
            (
                BodyReport::Returned | BodyReport::Failed(_),
                ShouldPanic::Yes | ShouldPanic::Expected(_),
            ) => Verdict::Failed(Ending::DidNotPanic),
            (BodyReport::Failed(code), ShouldPanic::No) => Verdict::Failed(Ending::Returned(*code)),
            (BodyReport::Panicked { message, .. }, ShouldPanic::No) => {
                Verdict::Failed(Ending::Panicked(message.clone()))
            }
            (BodyReport::Panicked { .. }, _)
                if code != Some(PANIC_CODE) && !is_abort_of_panic(status) =>
            {
                Verdict::Failed(Ending::EndedAfter(status))
            }
            (
                BodyReport::Panicked {
                    message,
                    as_expected,
                },
                should_panic,
            ) => of_panic(message.as_ref(), *as_expected, should_panic),
            (BodyReport::Skipped(_), _) if code != Some(PANIC_CODE) => {
                Verdict::Failed(Ending::EndedAfter(status))
            }
            (BodyReport::Skipped(reason), _) => Verdict::Ignored(reason.clone()),
            (BodyReport::Nothing | BodyReport::Begun, _) => Verdict::Failed(match &self.name {
                Some(name) if !is_thread_name(name, &test.name) => {
                    Ending::EndedAs(name.clone(), status)
                }
                _ => Ending::Ended(status),
            }),
            (BodyReport::Corrupt, _) => Verdict::Failed(Ending::Corrupt),
        }
    }
}

/// With `panic = "abort"` a panic ends so.
fn is_abort_of_panic(status: WaitStatus) -> bool {
    cfg!(panic = "abort") && status.is_from(SIGABRT)
}

/// Whether a process of this name is still the test's thread: the kernel keeps 15 bytes (`PR_SET_NAME`).
fn is_thread_name(name: &str, test: &str) -> bool {
    const KEPT: usize = 15;
    name.as_bytes() == &test.as_bytes()[..test.len().min(KEPT)]
}

fn of_panic(message: Option<&String>, as_expected: bool, should_panic: ShouldPanic) -> Verdict {
    match should_panic {
        ShouldPanic::Expected(expected) if !as_expected => {
            Verdict::Failed(Ending::PanickedOtherwise {
                expected,
                message: message.cloned(),
            })
        }
        _ => Verdict::Passed,
    }
}
