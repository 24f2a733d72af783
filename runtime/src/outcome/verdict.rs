//! The verdict on a test. Only this file weighs the reports and the observations against each
//! other.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use super::prepared::{FailedPreparation, NotPrepared};
use super::processes::Activity;
use crate::body::PANIC_CODE;
use crate::channel::result_page::{BodyReport, CpuTime, InitReport, Leftover};
use crate::error::SetupError;
use crate::request::case::{Leftovers, ShouldPanic};
use crate::request::test::Test;

use crate::sys::signal::{SIGABRT, SIGSYS};

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
    /// It panicked, and std has printed the reason.
    Panicked(Option<String>),
    /// It returned a value that is not a success.
    Returned(Option<u8>),
    /// It has `#[should_panic]`, and did not panic.
    DidNotPanic,
    /// It has `#[should_panic(expected = ..)]`, and panicked with another message.
    PanickedOtherwise {
        expected: &'static str,
        message: Option<String>,
    },
    /// The body exited before its function returned.
    Ended(ExitStatus),
    /// The body exited before its function returned, under another name: it had executed a program.
    EndedAs(String, ExitStatus),
    /// The function returned, and then the process ended with this status.
    EndedAfter(ExitStatus),
    /// It passed, but processes outlived it.
    LeftProcesses,
    /// It did not run, because preparing a directory failed.
    NotPrepared(FailedPreparation),
    TimedOut(TimedOut),
    NotSetUp(SetupError),
    /// Init is gone without a report. Its status, if known.
    InitEnded(Option<ExitStatus>),
    /// The result page does not hold a valid report.
    Corrupt,
}

/// A deadline that has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimedOut {
    pub(crate) after: Duration,
    /// What the test's processes were doing when it passed.
    pub(crate) activities: Vec<Activity>,
}

/// Everything known about a test that is over.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) body_report: BodyReport,
    pub(crate) init_report: InitReport,
    /// Whether processes outlived the body. Those that init found are in `leftovers`.
    pub(crate) has_leftovers: bool,
    pub(crate) leftovers: Vec<Leftover>,
    /// Size and free space, in bytes, of the scratch space of the test's overlays, if it was full.
    pub(crate) full_scratch: Option<[u64; 2]>,
    /// The body's processor time, if SIGKILL ended it near its hard limit.
    pub(crate) cpu_time: Option<CpuTime>,
    /// How init ended, if that was waited for.
    pub(crate) init: Option<ExitStatus>,
    /// The deadline, if it has passed.
    pub(crate) timed_out: Option<TimedOut>,
    /// The name under which the body's process exited, if it exited without a report.
    pub(crate) name: Option<String>,
    /// How many processes the out-of-memory killer has killed meanwhile, if this one was killed.
    pub(crate) oom_kills: u64,
    /// Set if the test did not run, because preparing a directory failed.
    pub(crate) not_prepared: Option<NotPrepared>,
}

impl Outcome {
    /// Returns the outcome of a test that has no init.
    pub(crate) fn of_failed_setup(error: SetupError) -> Self {
        Self::without_init(InitReport::NotSetUp(error))
    }

    /// Returns the outcome of a test that did not run, because preparing a directory failed.
    pub(crate) fn of_failed_preparation(why: NotPrepared) -> Self {
        Self {
            not_prepared: Some(why),
            ..Self::without_init(InitReport::Nothing)
        }
    }

    fn without_init(init_report: InitReport) -> Self {
        Self {
            body_report: BodyReport::Nothing,
            init_report,
            has_leftovers: false,
            leftovers: Vec::new(),
            full_scratch: None,
            cpu_time: None,
            init: None,
            timed_out: None,
            name: None,
            oom_kills: 0,
            not_prepared: None,
        }
    }

    /// Returns the verdict. A test passes only if its body reported success, and init survived to
    /// report the body's end. That end must be status 0, or a kill by the test's own filter during
    /// the exit.
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

    fn of_body(&self, status: ExitStatus, test: &Test) -> Verdict {
        let should_panic = test.should_panic();
        let exits_with = |code| status.code() == Some(code) || is_kill_by_filter(status);
        match (&self.body_report, should_panic) {
            (BodyReport::Returned, ShouldPanic::No) if exits_with(0) => Verdict::Passed,
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
                if !exits_with(PANIC_CODE) && !is_abort_of_panic(status) =>
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
            (BodyReport::Skipped(_), _) if !exits_with(PANIC_CODE) => {
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

/// Returns whether a status is that of a panic with `panic = "abort"`.
fn is_abort_of_panic(status: ExitStatus) -> bool {
    cfg!(panic = "abort") && status.signal() == Some(SIGABRT as i32)
}

/// Returns whether a seccomp filter killed the process. After the report, only std's exit makes
/// system calls. A filter that the test has put on itself need not allow them.
fn is_kill_by_filter(status: ExitStatus) -> bool {
    status.signal() == Some(SIGSYS as i32)
}

/// Returns whether a process of this name is still the test's thread. The kernel keeps 15 bytes
/// (`PR_SET_NAME`).
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
