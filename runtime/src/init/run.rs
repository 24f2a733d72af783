//! Init: PID 1 of a test. It makes the sandbox, forks the body, reaps orphans, sees to it that nothing outlives the body.
//!
//! It comes from a raw `clone3`, perhaps of a threaded process: until it has forked the body it allocates nothing. No code
//! of the user runs here. (A test that was PID 1 itself would survive its own SIGTERM, and its `abort` would show as SIGSEGV.
//! With `pid(as_init)` it is: init stays outside of that pid namespace then.)

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::unistd::setsid;

use super::leftovers::LeftoverProcesses;
use super::running_body::RunningBody;
use crate::body::exec::Program;
use crate::channel::request_socket::TestRequest;
use crate::channel::result_page::ResultPage;
use crate::error::{At, Call, Failure, Step};
use crate::request::test::Test;
use crate::sandbox::inherited::{self, Inherited};
use crate::sandbox::{self, Plan};
use crate::sys::fd::Stream;
use crate::sys::process::{self, Forked};
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::SingleThreaded;
use crate::sys::{fd, signal};

/// All that init has.
pub(crate) struct Init<'a> {
    pub(crate) job: Job<'a>,
    pub(crate) page: ResultPage,
    /// For the body: init itself blocks all signals.
    pub(crate) inherited: Inherited,
    pub(crate) fds: Fds<'a>,
}

/// What the sandbox is for.
pub(crate) enum Job<'a> {
    /// A test of the harness.
    Test {
        single_threaded: &'a SingleThreaded,
        test: &'static Test,
        request: TestRequest,
        /// The harness's own stdout and stderr, where the launcher has not inherited them.
        streams: [Option<OwnedFd>; 2],
    },
    /// A program, from a caller that may have threads.
    Command {
        blocked: &'a SignalsBlocked,
        program: &'a Program,
        streams: [Option<OwnedFd>; 3],
    },
}

/// The descriptors that init has beside 0, 1 and 2.
pub(crate) struct Fds<'a> {
    pub(crate) lifeline: BorrowedFd<'a>,
    /// The write end of a test's output pipe. The harness takes its hang-up for init's last word.
    pub(crate) output: Option<OwnedFd>,
    /// Becomes readable when the id maps are written, if someone else writes them.
    pub(crate) maps: Option<OwnedFd>,
}

impl Init<'_> {
    /// Init's whole life.
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

    /// The steps to a body that runs, in order.
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
        let signals = signal::descriptor([signal::SIGCHLD, signal::SIGTERM, signal::SIGUSR1])
            .at(Step::Watch, Call::Signalfd)?;
        Ok(RunningBody {
            pid: self.fork_body(plan)?,
            signals,
            leftovers,
        })
    }

    /// Undoes what the caller of a command has set: where it ignores SIGCHLD, nothing would show that the body has ended.
    fn reset_signals(&self) {
        if matches!(self.job, Job::Command { .. }) {
            inherited::reset();
        }
    }

    fn redirect_stdio(&self) -> Result<(), Failure<'static>> {
        let dup = |to, from: Option<&OwnedFd>| match from {
            Some(from) => fd::dup_onto(from.as_fd(), to).at(Step::OpenPipe, Call::Dup),
            None => Ok(()),
        };
        match &self.job {
            Job::Test {
                request, streams, ..
            } => {
                setsid().map(drop).at(Step::LeaveSession, Call::Setsid)?;
                let [stdout, stderr] = match &self.fds.output {
                    Some(output) if request.capture => [Some(output); 2],
                    _ => streams.each_ref().map(Option::as_ref),
                };
                dup(Stream::Stdout, stdout)?;
                dup(Stream::Stderr, stderr)
            }
            Job::Command { streams, .. } => Stream::ALL
                .into_iter()
                .zip(streams)
                .try_for_each(|(to, from)| dup(to, from.as_ref())),
        }
    }

    fn wait_for_id_maps(&mut self) -> Result<(), Failure<'static>> {
        if let Some(maps) = self.fds.maps.take() {
            // Whether a byte came or the writer is gone: what follows will show.
            fd::read(maps.as_fd(), &mut [0]).at(Step::MapUids, Call::Read)?;
        }
        Ok(())
    }

    /// Closes what other parts of the caller have open: their pipes would not end otherwise.
    fn close_inherited_fds(&self, forked: &Forked) {
        match &self.fds.output {
            Some(output) => fd::close_all_but(forked, [self.fds.lifeline, output.as_fd()]),
            None => fd::close_all_but(forked, [self.fds.lifeline]),
        }
    }
}
