//! Init: PID 1 of a test. It makes the sandbox, forks the body, reaps orphans, and ends every
//! process that outlives the body.
//!
//! It comes from a raw `clone3`, perhaps from a threaded process, and so must not allocate until it
//! has forked the body. No user code runs here.
//!
//! A test that was PID 1 itself would survive its own SIGTERM, and its `abort` would show as
//! SIGSEGV. With `pid(as_init)` the test is PID 1, and init stays outside that pid namespace.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::unistd::setsid;

use super::leftovers::LeftoverProcesses;
use super::running_body::RunningBody;
use super::signals;
use super::streams::{self, Stream};
use crate::body::exec::Program;
use crate::channel::request_socket::TestRequest;
use crate::channel::result_page::ResultPage;
use crate::error::{At, Call, Failure, Step};
use crate::request::test::Test;
use crate::sandbox::inherited::{self, Inherited};
use crate::sandbox::{self, Plan};
use crate::sys::process::{self, Forked};
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::SingleThreaded;
use crate::sys::{fd, signal};

/// The state of init.
pub(crate) struct Init<'a> {
    pub(crate) job: Job<'a>,
    pub(crate) page: ResultPage,
    /// For the body, because init itself blocks all signals.
    pub(crate) inherited: Inherited,
    pub(crate) fds: Fds<'a>,
}

/// The purpose of the sandbox.
pub(crate) enum Job<'a> {
    /// A test of the harness.
    Test {
        single_threaded: &'a SingleThreaded,
        test: &'static Test,
        request: TestRequest,
        /// The harness's own stdout and stderr, if the launcher has not inherited them.
        streams: [Option<BorrowedFd<'a>>; 2],
    },
    /// A program, for a caller that may have threads.
    Command {
        blocked: &'a SignalsBlocked,
        program: &'a Program,
        streams: [Option<OwnedFd>; 3],
    },
}

/// The descriptors that init has in addition to 0, 1 and 2.
pub(crate) struct Fds<'a> {
    pub(crate) lifeline: BorrowedFd<'a>,
    /// The write end of a test's output pipe. When it hangs up, the harness knows that init has
    /// sent its last report.
    pub(crate) output: Option<BorrowedFd<'a>>,
    /// Becomes readable when the id maps are written, if another process writes them.
    pub(crate) maps: Option<OwnedFd>,
}

impl Init<'_> {
    /// Runs init until it exits.
    pub(crate) fn run(mut self, forked: &Forked, plan: &Plan) -> ! {
        match self.start_body(forked, plan) {
            Ok(body) => self.supervise(forked, plan, &body),
            Err(failure) => {
                self.page.write_failure(failure);
                process::exit_now(1)
            }
        }
        process::exit_now(0)
    }

    /// Performs the steps up to a running body, in order.
    fn start_body<'p>(
        &mut self,
        forked: &Forked,
        plan: &'p Plan,
    ) -> Result<RunningBody, Failure<'p>> {
        self.reset_signals();
        self.redirect_stdio()?;
        self.wait_for_id_maps()?;
        self.close_inherited_fds(forked);
        let mut leftovers = LeftoverProcesses::before_entering(plan.has_pid_namespace());
        sandbox::enter(plan)?;
        leftovers.prepare()?;
        let signals = signals::descriptor([signal::SIGCHLD, signal::SIGTERM, signal::SIGUSR1])
            .at(Step::Watch, Call::Signalfd)?;
        let pid = self.fork_body(plan)?;
        Ok(RunningBody {
            pid,
            end: process::pidfd_open(pid).ok(),
            signals,
            leftovers,
        })
    }

    /// Resets the signal settings of a command's caller. If SIGCHLD stayed ignored, init would not
    /// notice the body's end.
    fn reset_signals(&self) {
        if matches!(self.job, Job::Command { .. }) {
            inherited::reset();
        }
    }

    fn redirect_stdio(&self) -> Result<(), Failure<'static>> {
        let dup = |to, from: Option<BorrowedFd<'_>>| match from {
            Some(from) => streams::dup_onto(from, to).at(Step::OpenPipe, Call::Dup),
            None => Ok(()),
        };
        match &self.job {
            Job::Test {
                request, streams, ..
            } => {
                setsid().map(drop).at(Step::LeaveSession, Call::Setsid)?;
                let [stdout, stderr] = match self.fds.output {
                    Some(output) if request.capture => [Some(output); 2],
                    _ => *streams,
                };
                dup(Stream::Stdout, stdout)?;
                dup(Stream::Stderr, stderr)
            }
            Job::Command { streams, .. } => Stream::ALL
                .into_iter()
                .zip(streams)
                .try_for_each(|(to, from)| dup(to, from.as_ref().map(AsFd::as_fd))),
        }
    }

    fn wait_for_id_maps(&mut self) -> Result<(), Failure<'static>> {
        if let Some(maps) = self.fds.maps.take() {
            // Either a byte arrived or the writer is gone. Later steps fail if the maps are
            // missing.
            fd::read(maps.as_fd(), &mut [0]).at(Step::MapUids, Call::Read)?;
        }
        Ok(())
    }

    /// Closes descriptors of other parts of the caller, because their pipes would not hang up
    /// otherwise.
    fn close_inherited_fds(&self, forked: &Forked) {
        match self.fds.output {
            Some(output) => fd::close_all_but(forked, &[self.fds.lifeline, output]),
            None => fd::close_all_but(forked, &[self.fds.lifeline]),
        }
    }
}
