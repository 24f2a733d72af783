//! The body: PID 2, the process in which the test's function runs.
//!
//! It is a child of libc's `fork` and single-threaded. Its thread has the test's name, and only
//! descriptors 0, 1 and 2 are open. User code runs only in this process and its children.

use nix::sys::prctl;
use nix::sys::signal::SIGKILL;
use nix::unistd::{self, getppid, setpgid};

use super::context::{self, RunningTest};
use super::environment;
use super::exec::Program;
use super::report::Reporter;
use super::role;
use super::task;
use crate::channel::result_page::ResultPage;
use crate::error::{Call, Failure, Step};
use crate::request::limited_by;
use crate::request::spec::Env;
use crate::request::test::Test;
use crate::sandbox::inherited::Inherited;
use crate::sandbox::{self, Plan};
use crate::sys::process::{self, Forked};
use crate::sys::thread::SingleThreaded;
use crate::sys::{Errno, env, fd, lsan, signal};

/// Runs the body until it exits.
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
        name: &test.name,
        asks_for_mount: plan.asks_for_mount(),
        has_network_namespace: plan.has_network_namespace(),
    });
    lsan::do_not_search();
    page.keep_from_children();
    let reporter = Reporter::new(page, inherited.mark, task::should_panic(test, plan));
    page.write_begun();
    if cfg!(panic = "abort") {
        reporter.report_before_aborting();
    }
    let code = reporter.call(|| task::perform(test, plan, page));
    // Not `_exit`: buffers, coverage counters and atexit handlers are part of the test.
    #[expect(clippy::disallowed_methods, reason = "the one process that ends so")]
    std::process::exit(code)
}

/// Runs the body of a command, which executes the program.
///
/// It must not allocate, because the process that makes the sandbox may have threads.
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

/// A shell's exit status for a command that it cannot execute.
const EXECUTE_CODE: i32 = 127;

/// Returns the last errno more specific than "not found", as `execvp(3)` does.
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
    let init = getppid();
    sandbox::enter_as_init(plan)?;
    fd::close_all_but(forked, &[]);
    enter_body(plan, init)?;
    // std ignores SIGPIPE, and executed programs would inherit that.
    signal::set_default(signal::SIGPIPE);
    inherited.restore(forked)
}

/// The calling process, for `setpgid(2)`.
const CALLER: unistd::Pid = unistd::Pid::from_raw(0);

fn prepare<'p>(forked: &Forked, plan: &'p Plan, inherited: &Inherited) -> Result<(), Failure<'p>> {
    let init = getppid();
    // `kill(0, ..)` must reach only the test's own processes. A new session would be wrong: closing
    // a terminal that a session leader has opened would send it SIGHUP.
    let _ = setpgid(CALLER, CALLER);
    sandbox::enter_as_init(plan)?;
    // This must come before descriptors are closed and privileges are dropped.
    plan.before_body()?;
    fd::close_all_but(forked, &[]);
    enter_body(plan, init)?;
    inherited.restore(forked)
}

/// Makes the body exit with its init if there is no pid namespace, because no other process could
/// find the body then.
fn enter_body(plan: &Plan, init: unistd::Pid) -> Result<(), Failure<'_>> {
    if plan.has_pid_namespace() {
        return sandbox::enter_body(plan);
    }
    let _ = prctl::set_pdeathsig(SIGKILL);
    sandbox::enter_body(plan)?;
    // Set again, because the kernel clears it when the ids of a process change (prctl(2)).
    let _ = prctl::set_pdeathsig(SIGKILL);
    if getppid() != init {
        process::exit_now(1);
    }
    Ok(())
}

fn set_environment(single_threaded: &SingleThreaded, asked: &Env, moves_tmpdir: bool) {
    if *asked == Env::INHERITED && !moves_tmpdir {
        return;
    }
    for (key, value) in environment::changes(asked, moves_tmpdir) {
        match value {
            Some(value) => env::set(single_threaded, &key, &value),
            None => env::remove(single_threaded, &key),
        }
    }
}
