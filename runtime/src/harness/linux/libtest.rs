//! The annotated tests under libtest: each of its threads calls in with one test and returns with
//! the verdict.
//!
//! libtest has two verdicts for a test that runs, and captures what `print!` writes on its thread.
//! So a passed test returns, and a failed one prints its report and unwinds without another
//! message. A test that asks to be ignored after it started reports that in its output and passes.

use std::env;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use super::preparations;
use crate::launcher::fork_server::{self, ForkServer};
use crate::outcome::finished::Finished;
use crate::outcome::verdict::{Ending, Verdict};
use crate::report;
use crate::request::test::Test;

use super::pool::Pool;
use super::run_options::{RunOptions, run_options};
use super::skip_refused::Refusals;
use super::start;
use crate::harness::args::{Invocation, PrepareMode};
use crate::sys::lock::lock;

/// Runs an annotated function; its `#[test]` calls this.
pub fn libtest_entry(module: &str, function: &str) {
    if fork_server::is_wanted() {
        fork_server::serve(start::keep(start::annotated_tests()));
    }
    let name = Test::name(module, function);
    match SESSION.get_or_init(|| Session::open(&name)) {
        Ok(session) => session.run(&name),
        Err(why) => fail(why),
    }
}

/// The state that all tests of a process share. `Err`: the reason why none can run.
static SESSION: OnceLock<Result<Session, String>> = OnceLock::new();

struct Session {
    tests: &'static [Test],
    options: RunOptions,
    refusals: Refusals,
    skip_refused: bool,
    /// Whether the full diagnosis of a refusal has been printed.
    has_diagnosed: AtomicBool,
    pool: Pool,
    /// Whether the test with this number has started.
    entered: Vec<AtomicBool>,
    /// Held by the test whose sandbox the user is looking at.
    person: Mutex<()>,
}

impl Session {
    fn open(test: &str) -> Result<Self, String> {
        let tests = start::annotated_tests();
        if let Some(name) = start::twice(&tests) {
            return Err(report::same_name(name));
        }
        let invocation =
            Invocation::of_variables().map_err(|mistake| report::usage_mistake(&mistake))?;
        if invocation.doctor {
            // The table replaces the tests, as in a target with a harness of its own. The first
            // test to start prints it.
            start::doctor();
            #[expect(clippy::disallowed_methods, reason = "libtest would run the tests")]
            std::process::exit(0);
        }
        start::warn_of_profiles();
        if invocation.prepare == PrepareMode::Clean {
            let cleaned = preparations::clean();
            return Err(format!("{}\n{cleaned}", report::CLEANED_ONLY));
        }
        let server = ForkServer::start(test).map_err(|absent| report::no_server(&absent))?;
        crate::sys::process::at_exit(close);
        let tests = start::keep(tests);
        Ok(Self {
            tests,
            options: run_options(
                &invocation,
                !invocation.arguments.nocapture && !disables_capture(),
                // libtest warns about slow tests itself.
                invocation.slow.is_some(),
            ),
            refusals: Refusals::default(),
            skip_refused: invocation.skip_refused,
            has_diagnosed: AtomicBool::default(),
            pool: Pool::growing(server),
            entered: tests.iter().map(|_| AtomicBool::new(false)).collect(),
            person: Mutex::default(),
        })
    }

    fn run(&self, name: &str) {
        let place = self.tests.binary_search_by(|test| (*test.name).cmp(name));
        let Some((test, index)) = place
            .ok()
            .and_then(|place| Some((&self.tests[place], u32::try_from(place).ok()?)))
        else {
            fail(&report::not_registered(name));
        };
        if self.entered[index as usize].swap(true, Ordering::Relaxed) {
            fail(&report::registered_twice(name));
        }
        if let Some(reason) = self.refusals.reason_now(test, self.skip_refused) {
            // A pass would be wrong, because the test did not run, and libtest has no third result.
            fail(&report::refused_under_libtest(&reason));
        }
        let finished = {
            let _alone = self
                .options
                .debug
                .is_interactive()
                .then(|| lock(&self.person));
            self.pool.run(index, test, &self.options)
        };
        self.conclude(test, &finished);
    }

    fn conclude(&self, test: &Test, finished: &Finished) {
        match finished.outcome.judge(test) {
            Verdict::Passed => print(&report::output(finished)),
            Verdict::Ignored(reason) => {
                print(&report::output(finished));
                print(&report::ignored(&reason));
            }
            Verdict::Failed(Ending::NotSetUp(error)) => match self.refusals.line(test, &error) {
                Some(line) => self.fail_refused(&line),
                None => fail(&report::failure(&Ending::NotSetUp(error), finished, test)),
            },
            Verdict::Failed(ending) => fail(&report::failure(&ending, finished, test)),
        }
    }

    /// Fails a refused test. The run's diagnosis goes into the first such report, because nothing
    /// runs after libtest's summary.
    fn fail_refused(&self, line: &str) -> ! {
        match self
            .refusals
            .diagnosis()
            .filter(|_| !self.has_diagnosed.swap(true, Ordering::Relaxed))
        {
            Some(diagnosis) => fail(&format!("{line}\n\n{}", diagnosis.trim_end())),
            None => fail(line),
        }
    }
}

/// Returns whether the command line disables capture. The rest of it belongs to libtest, and may
/// hold options unknown to this crate's parser.
fn disables_capture() -> bool {
    env::args_os().any(|argument| argument == "--nocapture" || argument == "--no-capture")
}

/// Fails the test that runs on this thread.
fn fail(report: &str) -> ! {
    print(&format!("{report}\n"));
    // This is not a panic, so that no panic hook prints a message.
    panic::resume_unwind(Box::new(()))
}

#[expect(
    clippy::print_stdout,
    reason = "the macro alone prints to where libtest captures"
)]
fn print(text: &str) {
    print!("{text}");
}

/// Cleans up when the process exits.
extern "C" fn close() {
    if let Some(Ok(session)) = SESSION.get() {
        session.pool.stop_server_at_exit();
    }
    preparations::close();
}
