//! The run of a harness: its launchers, and the trials that use them.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Completion, Failed, FormatSetting, Trial};

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
use super::run_options::{RunOptions, run_options};
use super::skip_refused::Refusals;
use super::stream_flags::StreamFlags;
use crate::harness::args::Invocation;
use crate::harness::exit::fail;
use crate::harness::filter;
use crate::sys::lock::lock;

/// Everything that a run needs.
pub(super) struct TestRun {
    tests: &'static [Test],
    filtered_out: usize,
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
    /// Whether the test's name is on stdout, and its output should start on the next line.
    name_is_printed: bool,
}

impl TestRun {
    /// Forks the launchers while there is only one thread: as many as can be busy at once.
    pub(super) fn open(
        single_threaded: &SingleThreaded,
        tests: &'static [Test],
        filtered_out: usize,
        invocation: Invocation,
    ) -> Result<Self, SetupError> {
        // A caller that ignores SIGCHLD has passed that on, and the kernel would reap the processes
        // for which launchers and inits wait.
        signal::set_default(signal::SIGCHLD);
        let failed = |call| move |errno| SetupError::new(Step::StartLauncher, call, errno);
        let lifeline = Lifeline::new().map_err(failed(Call::Pipe))?;
        let arguments = &invocation.arguments;
        let refusals = Refusals::settle(tests, invocation.skip_refused, arguments.list, |test| {
            test.ignore() == Ignore::No
        });
        let runnable = runnable(arguments, tests, &refusals);
        let launchers = runnable.min(arguments.test_threads.unwrap_or(1));
        let mut started = Vec::new();
        for _ in 0..launchers {
            started.push(Launcher::start(single_threaded, tests, &lifeline)?);
        }
        let server = (runnable > launchers)
            .then(|| ForkServer::fork(single_threaded, tests, lifeline.read_end()))
            .transpose()
            .map_err(failed(Call::Fork))?;
        let shared = Shared {
            options: options(&invocation),
            pool: Pool::of(started, server),
            successes: arguments.show_output.then(Mutex::default),
            refusals,
            stream_flags: arguments.nocapture.then(StreamFlags::of_this_process),
            fail_fast: invocation.fail_fast,
            has_failed: AtomicBool::new(false),
            name_is_printed: invocation.is_of_nextest && prints_names_first(&invocation),
        };
        Ok(Self {
            tests,
            filtered_out,
            invocation,
            shared: Arc::new(shared),
            lifeline,
        })
    }

    pub(super) fn run(self) -> ExitCode {
        if self.prints_list() {
            return self.print_list();
        }
        if let Some(seed) = self.invocation.shuffle {
            report::print(&report::shuffled(seed));
        }
        let (trials, filtered_out) = self.trials();
        let reports = self.reports_refusals();
        let arguments = self.invocation.arguments;
        let run = || filter::run(arguments, trials, filtered_out);
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

    /// Returns whether the list goes to stdout. libtest-mimic writes one to a file.
    fn prints_list(&self) -> bool {
        self.invocation.arguments.list && self.invocation.arguments.logfile.is_none()
    }

    /// Prints what libtest prints for `--format terse`, by one system call. libtest-mimic makes one
    /// for each test.
    fn print_list(&self) -> ExitCode {
        const USUAL_LINE: usize = 64;
        let mut list = String::with_capacity(self.tests.len() * USUAL_LINE);
        if let Some(seed) = self.invocation.shuffle {
            list.push_str(&report::shuffled(seed));
            list.push('\n');
        }
        for (index, test) in (0..).zip(self.tests) {
            if self.is_selected(index, test) {
                list.push_str(&test.name);
                list.push_str(": test\n");
            }
        }
        match report::print_list(&list) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&report::run_ended(&format!("{error:?}"))),
        }
    }

    /// Returns whether `--ignored` selects the test. Its name is selected.
    fn is_selected(&self, index: u32, test: &Test) -> bool {
        !self.invocation.arguments.ignored || is_ignored(test, self.shared.refusals.reason(index))
    }

    /// Returns a trial for each selected test, and the number of the other tests.
    fn trials(&self) -> (Vec<Trial>, usize) {
        let mut trials = Vec::with_capacity(self.tests.len());
        for (index, test) in (0..).zip(self.tests) {
            if self.is_selected(index, test) {
                trials.push(self.trial(index, test));
            }
        }
        let others = self.tests.len() - trials.len();
        (trials, others + self.filtered_out)
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
                    .with_ignored_flag(is_ignored(test, refused))
            }
        }
    }
}

impl Shared {
    fn run(&self, index: u32, test: &Test) -> Result<Completion, Failed> {
        if self.fail_fast && self.has_failed.load(Ordering::Relaxed) {
            return Ok(Completion::ignored_with(report::NOT_STARTED));
        }
        if self.name_is_printed {
            report::print("");
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

/// Returns whether libtest-mimic prints a test's name to stdout before it runs the test.
fn prints_names_first(invocation: &Invocation) -> bool {
    let arguments = &invocation.arguments;
    let is_pretty = matches!(arguments.format, None | Some(FormatSetting::Pretty));
    let prints_lines = is_pretty && !arguments.quiet && arguments.logfile.is_none();
    prints_lines && arguments.test_threads == Some(1)
}

fn options(invocation: &Invocation) -> RunOptions {
    let capture = !invocation.arguments.nocapture;
    run_options(invocation, capture, is_for_people(invocation))
}

/// Returns how many of the tests run.
fn runnable(arguments: &Arguments, tests: &[Test], refusals: &Refusals) -> usize {
    let mut count = 0;
    for (index, test) in (0..).zip(tests) {
        if !arguments.list && runs(arguments, is_ignored(test, refusals.reason(index))) {
            count += 1;
        }
    }
    count
}

/// Returns whether a test with a selected name runs.
fn runs(arguments: &Arguments, is_ignored: bool) -> bool {
    let asked = is_ignored == arguments.ignored || arguments.include_ignored;
    asked && !arguments.bench
}

fn is_ignored(test: &Test, refusal: Option<&str>) -> bool {
    test.ignore() != Ignore::No || refusal.is_some()
}
