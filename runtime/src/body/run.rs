//! The body: PID 2, the process in which the test's function runs.
//!
//! It is a child of libc's own `fork`, single-threaded, with the test's name for its thread and nothing open but 0, 1 and 2.
//! Here alone runs code of the user.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use super::context::{self, RunningTest};
use super::environment;
use super::exec::Program;
use super::role;
use super::skip;
use crate::channel::result_page::{BodyReport, ResultPage};
use crate::error::{Call, Failure, Step};
use crate::request::case::ShouldPanic;
use crate::request::limited_by;
use crate::request::spec::Env;
use crate::request::test::Test;
use crate::sandbox::inherited::Inherited;
use crate::sandbox::{self, Plan};
use crate::sys::process::{self, Forked, Pid};
use crate::sys::thread::SingleThreaded;
use crate::sys::{Errno, env, fd, lsan, signal};

/// The exit status of a body that has said anything but success.
pub(crate) const PANIC_CODE: i32 = 101;

/// The body's whole life.
pub(crate) fn run(
    forked: &Forked,
    single_threaded: &SingleThreaded,
    test: &'static Test,
    plan: &Plan,
    page: ResultPage,
    inherited: &Inherited,
) -> ! {
    if let Err(failure) = prepare(forked, plan, inherited) {
        page.write_failure(failure);
        process::exit_now(1);
    }
    role::enter_test();
    set_environment(single_threaded, &test.spec().env, plan.moves_tmpdir());
    limited_by::remember(plan.limited_by());
    context::remember(RunningTest {
        name: test.name.clone().into_owned(),
        has_mount_namespace: plan.has_mount_namespace(),
    });
    lsan::do_not_search();
    page.write_begun();
    if cfg!(panic = "abort") {
        speak_before_aborting(page);
    }
    let body_report = call(test, process::getpid());
    context::finish(has_passed(test, &body_report));
    page.write_body_report(&body_report);
    // Not `_exit`: buffers, coverage counters and atexit handlers are part of the test.
    #[expect(clippy::disallowed_methods, reason = "the one process that ends so")]
    std::process::exit(if body_report == BodyReport::Returned {
        0
    } else {
        PANIC_CODE
    })
}

/// The body of a command: becomes the program.
///
/// Nothing is allocated here: the caller of the sandbox may have threads.
pub(crate) fn execute(
    forked: &Forked,
    program: &Program,
    plan: &Plan,
    page: ResultPage,
    inherited: &Inherited,
) -> ! {
    let failure = match prepare_command(forked, plan, inherited) {
        Ok(()) => {
            let errno = execute_first(program);
            Failure {
                step: Step::Execute,
                call: Call::Execve,
                errno,
                subject: Some(&program.name),
            }
        }
        Err(failure) => failure,
    };
    page.write_failure(failure);
    process::exit_now(EXECUTE_CODE)
}

/// What a shell ends with when it can't execute a command.
const EXECUTE_CODE: i32 = 127;

/// The last errno that says more than "not there", as `execvp(3)` has it.
fn execute_first(program: &Program) -> Errno {
    let mut telling = Errno::NOENT;
    for candidate in &program.candidates {
        match process::execute(candidate, &program.arguments, &program.environment) {
            Errno::NOENT | Errno::NOTDIR => {}
            errno => telling = errno,
        }
    }
    telling
}

fn prepare_command<'p>(
    forked: &Forked,
    plan: &'p Plan,
    inherited: &Inherited,
) -> Result<(), Failure<'p>> {
    fd::close_all_but(forked, []);
    sandbox::enter_body(plan)?;
    // std ignores it, which programs that are executed would inherit.
    signal::set_default(signal::SIGPIPE);
    inherited.restore(forked)
}

/// Where a panic aborts nothing unwinds to [`call`]: the panic hook and `skip!` have the last word instead.
fn speak_before_aborting(page: ResultPage) {
    let printing = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        page.write_body_report(&BodyReport::Panicked(message(panic.payload())));
        printing(panic);
    }));
    skip::leave_by(move |reason| {
        page.write_body_report(&BodyReport::Skipped(reason));
        #[expect(clippy::disallowed_methods, reason = "the one process that ends so")]
        std::process::exit(PANIC_CODE)
    });
}

fn prepare<'p>(forked: &Forked, plan: &'p Plan, inherited: &Inherited) -> Result<(), Failure<'p>> {
    // `kill(0, ..)` shall reach the test's own processes only. Not a session of its own: closing a terminal that a session
    // leader has opened would send it SIGHUP.
    let _ = process::lead_process_group();
    if !plan.has_pid_namespace() {
        // Nobody could find the body any more.
        let _ = process::die_with_parent();
    }
    fd::close_all_but(forked, []);
    sandbox::enter_body(plan)?;
    inherited.restore(forked)
}

fn call(test: &Test, me: Pid) -> BodyReport {
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        let code = test.call();
        context::check();
        code
    }));
    if process::getpid() != me {
        // A child that the test forked has come back through the test's own code: it has no say.
        process::exit_now(i32::from(result.is_err()));
    }
    match result {
        Ok(code) => judge(code),
        Err(payload) => {
            let body_report = match skip::reason(&*payload) {
                Some(reason) => BodyReport::Skipped(reason),
                None => BodyReport::Panicked(message(&*payload)),
            };
            // Its destructor could panic.
            std::mem::forget(payload);
            body_report
        }
    }
}

/// For what is kept of a failed test. The harness has the last word: it knows how the process ends.
fn has_passed(test: &Test, report: &BodyReport) -> bool {
    match report {
        BodyReport::Returned => test.should_panic() == ShouldPanic::No,
        BodyReport::Panicked(_) => test.should_panic() != ShouldPanic::No,
        BodyReport::Skipped(_) => true,
        _ => false,
    }
}

fn judge(code: ExitCode) -> BodyReport {
    if code == ExitCode::SUCCESS {
        return BodyReport::Returned;
    }
    // Its debug text is all that stable Rust has of the number.
    let text = format!("{code:?}");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    BodyReport::Failed(digits.parse().ok())
}

fn message(payload: &(dyn Any + Send)) -> Option<String> {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
}

fn set_environment(single_threaded: &SingleThreaded, asked: &Env, moves_tmpdir: bool) {
    for (key, value) in environment::changes(asked, moves_tmpdir) {
        match value {
            Some(value) => env::set(single_threaded, &key, &value),
            None => env::remove(single_threaded, &key),
        }
    }
}
