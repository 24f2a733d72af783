//! The run of a harness: its launchers, and the trials that use them.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libtest_mimic::{Completion, Failed, FormatSetting, Trial};

use super::monitor::RunOptions;
use super::preparations;
use crate::error::{Call, SetupError, Step};
use crate::launcher::fork_server::ForkServer;
use crate::launcher::{Launcher, Lifeline};
use crate::outcome::verdict::{Ending, Verdict};
use crate::report;
use crate::request::case::Ignore;
use crate::request::test::Test;
use crate::sys::signal;
use crate::sys::thread::SingleThreaded;

use super::broken_stdout;
use super::pool::Pool;
use super::skip_refused::Refusals;
use super::stream_flags::StreamFlags;
use crate::harness::args::{Invocation, PrepareMode};
use crate::harness::filter;
use crate::sys::lock::lock;

/// Everything that a run needs.
pub(super) struct TestRun {
    tests: &'static [Test],
    invocation: Invocation,
    shared: Arc<Shared>,
    lifeline: Lifeline,
}

/// The state that the trials share across threads.
struct Shared {
    options: RunOptions,
    pool: Pool,
    /// The output of passed tests, for `--show-output`.
    successes: Option<Mutex<Vec<(String, String)>>>,
    refusals: Refusals,
    /// The flags to restore if tests write to the harness's own streams.
    stream_flags: Option<StreamFlags>,
    fail_fast: bool,
    has_failed: AtomicBool,
}

/// The time after which libtest calls a test slow.
const SLOW: Duration = Duration::from_secs(60);

impl TestRun {
    /// Forks the launchers while there is only one thread: as many as can be busy at once.
    pub(super) fn open(
        single_threaded: &SingleThreaded,
        tests: &'static [Test],
        invocation: Invocation,
    ) -> Result<Self, SetupError> {
        // A caller that ignores SIGCHLD has passed that on, and the kernel would reap the processes
        // for which launchers and inits wait.
        signal::set_default(signal::SIGCHLD);
        let failed = |call| move |errno| SetupError::new(Step::StartLauncher, call, errno);
        let lifeline = Lifeline::new().map_err(failed(Call::Pipe))?;
        let invocation = filter::with_filters(invocation, tests.iter().map(|test| &*test.name));
        let arguments = &invocation.arguments;
        let refusals = Refusals::settle(tests, invocation.skip_refused, arguments.list, |test| {
            test.ignore() == Ignore::No && !arguments.is_filtered_out(&named(test, true))
        });
        let runnable = (0..).zip(tests).filter(|(index, test)| {
            let trial = named(test, refusals.reason(*index).is_some());
            !arguments.list && !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial)
        });
        let runnable = runnable.count();
        let launchers = runnable.min(arguments.test_threads.unwrap_or(1));
        let launchers = (0..launchers)
            .map(|_| Launcher::start(single_threaded, tests, &lifeline))
            .collect::<Result<Vec<_>, _>>()?;
        let server = (runnable > launchers.len())
            .then(|| ForkServer::fork(single_threaded, tests, lifeline.read_end()))
            .transpose()
            .map_err(failed(Call::Fork))?;
        let shared = Shared {
            options: options(&invocation),
            pool: Pool::of(launchers, server),
            successes: arguments.show_output.then(Mutex::default),
            refusals,
            stream_flags: arguments.nocapture.then(StreamFlags::of_this_process),
            fail_fast: invocation.fail_fast,
            has_failed: AtomicBool::new(false),
        };
        Ok(Self {
            tests,
            invocation,
            shared: Arc::new(shared),
            lifeline,
        })
    }

    pub(super) fn run(self) -> ExitCode {
        let trials = (0..)
            .zip(self.tests)
            .map(|(index, test)| self.trial(index, test))
            .collect();
        if let Some(seed) = self.invocation.shuffle {
            report::print(&report::shuffled(seed));
        }
        let reports = self.reports_refusals();
        let arguments = self.invocation.arguments;
        let run = || libtest_mimic::run(&arguments, trials);
        let (conclusion, _lifeline) = broken_stdout::printing(self.lifeline, run);
        if let Some(successes) = &self.shared.successes {
            report::print(&report::successes(&lock(successes)));
        }
        let diagnosis = self.shared.refusals.diagnosis();
        if let Some(diagnosis) = diagnosis.filter(|_| reports) {
            report::print(&diagnosis);
        }
        self.shared.pool.stop_workers();
        preparations::close();
        self.shared.pool.stop_server();
        conclusion.exit_code()
    }

    /// Returns whether to print refusals. Other programs read lists and JSON.
    fn reports_refusals(&self) -> bool {
        let arguments = &self.invocation.arguments;
        !arguments.list && is_for_people(&self.invocation)
    }

    fn trial(&self, index: u32, test: &'static Test) -> Trial {
        let arguments = &self.invocation.arguments;
        let runs_ignored = arguments.ignored || arguments.include_ignored;
        let refused = self.shared.refusals.reason(index);
        if let Some(reason) = refused.filter(|_| !runs_ignored && !arguments.list) {
            let reason = reason.to_owned();
            return Trial::ignorable_test(&*test.name, move || {
                Ok(Completion::ignored_with(report::one_line(&reason)))
            });
        }
        match test.ignore() {
            // libtest-mimic has no reason for a test that it ignores itself. So the trial reports
            // the reason, unless the command line asks for a list or for ignored tests.
            Ignore::Because(reason) if !runs_ignored && !arguments.list => {
                Trial::ignorable_test(&*test.name, move || {
                    Ok(Completion::ignored_with(report::one_line(reason)))
                })
            }
            _ => {
                let shared = Arc::clone(&self.shared);
                Trial::ignorable_test(&*test.name, move || shared.run(index, test))
                    .with_ignored_flag(test.ignore() != Ignore::No || refused.is_some())
            }
        }
    }
}

impl Shared {
    fn run(&self, index: u32, test: &Test) -> Result<Completion, Failed> {
        if self.fail_fast && self.has_failed.load(Ordering::Relaxed) {
            return Ok(Completion::ignored_with(report::NOT_STARTED));
        }
        let finished = broken_stdout::testing(|| self.pool.run(index, test, &self.options));
        if let Some(flags) = self.stream_flags {
            flags.restore();
        }
        match finished.outcome.judge(test) {
            Verdict::Passed => {
                if let Some(successes) = &self.successes {
                    lock(successes)
                        .push((test.name.clone().into_owned(), report::output(&finished)));
                }
                Ok(Completion::Completed)
            }
            Verdict::Ignored(reason) => Ok(Completion::ignored_with(report::one_line(&reason))),
            Verdict::Failed(ending) => {
                self.has_failed.store(true, Ordering::Relaxed);
                if let Ending::NotSetUp(error) = &ending {
                    if let Some(line) = self.refusals.line(test, error) {
                        return Err(line.into());
                    }
                }
                Err(report::failure(&ending, &finished, test).into())
            }
        }
    }
}

fn is_for_people(invocation: &Invocation) -> bool {
    !matches!(invocation.arguments.format, Some(FormatSetting::Json))
}

fn options(invocation: &Invocation) -> RunOptions {
    RunOptions {
        capture: !invocation.arguments.nocapture,
        timeout: invocation.timeout,
        prepare_again: invocation.prepare == PrepareMode::Again,
        debug: invocation.debug,
        show: |offer| report::print(&report::offer(offer)),
        slow: (
            invocation.slow.unwrap_or(SLOW),
            if is_for_people(invocation) {
                call_slow
            } else {
                |_, _| ()
            },
        ),
    }
}

fn call_slow(name: &str, after: Duration) {
    report::print(&report::slow(name, after));
}

/// Returns a trial with only a name and the flags that the arguments need.
fn named(test: &Test, refused: bool) -> Trial {
    Trial::test(&*test.name, || Ok(())).with_ignored_flag(test.ignore() != Ignore::No || refused)
}
