//! Init: PID 1 of a test. It makes the sandbox, forks the body, reaps orphans, sees to it that nothing outlives the body.
//!
//! It comes from a raw `clone3`, perhaps of a threaded process: until it has forked the body it allocates nothing. No code
//! of the user runs here. (A test that was PID 1 itself would survive its own SIGTERM, and its `abort` would show as SIGSEGV.)

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use super::leftovers::LeftoverProcesses;
use crate::body;
use crate::body::exec::Program;
use crate::channel::request_socket::TestRequest;
use crate::channel::result_page::ResultPage;
use crate::error::{At, Call, Failure, Step};
use crate::request::test::Test;
use crate::sandbox::inherited::{self, Inherited};
use crate::sandbox::{self, Plan};
use crate::sys::fd::Stream;
use crate::sys::process::{self, Clone, CloneArgs, Fork, Forked, Pid, WaitStatus};
use crate::sys::signal::{SignalFd, SignalsBlocked};
use crate::sys::thread::SingleThreaded;
use crate::sys::{Errno, fd, signal};

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

/// Why init stops watching.
enum Event {
    BodyEnded {
        status: WaitStatus,
        /// Whether it has left processes.
        left: bool,
    },
    /// The harness is gone, or has had enough of this test.
    Called,
}

/// How long init retries to fork where the kernel has no room for another process.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// How long it waits at most between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

impl Init<'_> {
    pub(crate) fn run(mut self, forked: &Forked, plan: &Plan) -> ! {
        if matches!(self.job, Job::Command { .. }) {
            // Also SIGCHLD: where the caller ignores it, nothing would tell that the body has ended.
            inherited::reset();
        }
        let made = self.make_sandbox(forked, plan);
        match made.and_then(|leftovers| self.start_body(plan, leftovers)) {
            Ok((body, signals, leftovers)) => self.watch(forked, plan, body, &signals, &leftovers),
            Err(failure) => {
                self.page.write_failure(failure);
                process::exit_now(1)
            }
        }
    }

    fn make_sandbox<'p>(
        &mut self,
        forked: &Forked,
        plan: &'p Plan,
    ) -> Result<LeftoverProcesses, Failure<'p>> {
        self.open_streams()?;
        if let Some(maps) = self.fds.maps.take() {
            // Whether a byte came or the writer is gone: what follows will show.
            fd::read(maps.as_fd(), &mut [0]).at(Step::MapUids, Call::Read)?;
        }
        self.keep_own_descriptors(forked);
        let leftovers = LeftoverProcesses::before_entering(plan.has_pid_namespace());
        sandbox::enter(plan)?;
        Ok(leftovers)
    }

    fn open_streams(&self) -> Result<(), Failure<'static>> {
        let dup = |to, from: Option<&OwnedFd>| match from {
            Some(from) => fd::dup_onto(from.as_fd(), to).at(Step::OpenPipe, Call::Dup),
            None => Ok(()),
        };
        match &self.job {
            Job::Test {
                request, streams, ..
            } => {
                process::setsid().at(Step::LeaveSession, Call::Setsid)?;
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

    /// Closes what other parts of the caller have open: their pipes would not end otherwise.
    fn keep_own_descriptors(&self, forked: &Forked) {
        match &self.fds.output {
            Some(output) => fd::close_all_but(forked, [self.fds.lifeline, output.as_fd()]),
            None => fd::close_all_but(forked, [self.fds.lifeline]),
        }
    }

    fn start_body<'p>(
        &self,
        plan: &'p Plan,
        mut leftovers: LeftoverProcesses,
    ) -> Result<(Pid, SignalFd, LeftoverProcesses), Failure<'p>> {
        leftovers.prepare()?;
        let signals = signal::descriptor([signal::SIGCHLD, signal::SIGTERM])
            .at(Step::Watch, Call::Signalfd)?;
        let body = match &self.job {
            Job::Test {
                single_threaded,
                test,
                ..
            } => {
                let made = self.retry(|| process::fork(single_threaded));
                match made.at(Step::ForkBody, Call::Fork)? {
                    Fork::Parent(body) => body,
                    Fork::Child(forked) => body::run(
                        &forked,
                        single_threaded,
                        test,
                        plan,
                        self.page,
                        &self.inherited,
                    ),
                }
            }
            Job::Command {
                program, blocked, ..
            } => {
                let cloned = self.retry(|| process::clone(CloneArgs::default(), blocked));
                match cloned.at(Step::ForkBody, Call::Clone3)? {
                    Clone::Parent { pid, .. } => pid,
                    Clone::Child(forked) => {
                        body::execute(&forked, program, plan, self.page, &self.inherited)
                    }
                }
            }
        };
        Ok((body, signals, leftovers))
    }

    /// Tries again for a while where the kernel has no room for one more process: another test may end and make some.
    fn retry<T>(&self, make: impl Fn() -> Result<T, Errno>) -> Result<T, Errno> {
        let begin = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            let made = make();
            if !matches!(made, Err(Errno::AGAIN)) || begin.elapsed() > GIVE_UP_AFTER {
                return made;
            }
            let lifeline = fd::poll([self.fds.lifeline], Some(pause));
            if lifeline.is_ok_and(|[lifeline]| lifeline.hung_up) {
                return made;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn watch(
        &mut self,
        forked: &Forked,
        plan: &Plan,
        body: Pid,
        signals: &SignalFd,
        leftovers: &LeftoverProcesses,
    ) -> ! {
        match self.wait_for_event(body, signals, leftovers) {
            Event::BodyEnded { status, left } => {
                if let Some(bytes) = plan.full_scratch() {
                    self.page.write_full_scratch(bytes);
                }
                if left {
                    leftovers.report(self.page);
                }
                if self.is_held() {
                    self.report_and_hold(forked, status, signals);
                    leftovers.end();
                } else {
                    if left {
                        leftovers.end();
                    }
                    self.page.write_ended(status);
                }
            }
            Event::Called => leftovers.end(),
        }
        self.hang_up(forked);
        process::exit_now(0)
    }

    /// Init's last report comes first: once it is called, the page may be another test's.
    fn report_and_hold(&mut self, forked: &Forked, status: WaitStatus, signals: &SignalFd) {
        self.page.write_ended(status);
        self.hang_up(forked);
        self.wait_for_call(signals);
    }

    /// Whether the sandbox outlasts the body, for somebody to look at it.
    fn is_held(&self) -> bool {
        matches!(&self.job, Job::Test { request, .. } if request.hold)
    }

    fn wait_for_call(&self, signals: &SignalFd) {
        loop {
            let ready = fd::poll([self.fds.lifeline, signals.as_fd()], None);
            let called = std::iter::from_fn(|| signal::next(signals))
                .any(|number| number == signal::SIGTERM);
            if called || ready.is_ok_and(|[lifeline, _]| lifeline.hung_up) {
                return;
            }
        }
    }

    fn wait_for_event(
        &self,
        body: Pid,
        signals: &SignalFd,
        leftovers: &LeftoverProcesses,
    ) -> Event {
        loop {
            let [lifeline, _] =
                fd::poll([self.fds.lifeline, signals.as_fd()], None).unwrap_or_default();
            if lifeline.hung_up {
                return Event::Called;
            }
            while let Some(number) = signal::next(signals) {
                if number == signal::SIGTERM {
                    return Event::Called;
                }
            }
            // Asked again: it may have said its last word in between.
            if self.page.is_begun() && process::has_ended(body) && self.page.is_begun() {
                // Before it is reaped: /proc still has the name that it ended under.
                leftovers.report_name_of(body, self.page);
            }
            if let Some(event) = reap(body) {
                return event;
            }
        }
    }

    /// Closes init's copies of all pipes: the harness takes it from there.
    fn hang_up(&mut self, forked: &Forked) {
        fd::close_streams(forked);
        drop(self.fds.output.take());
    }
}

/// Reaps all that have ended; an event if the body is among them.
///
/// When a process ends its children become init's before anyone can wait for it, so that "no children" means that nobody is left.
fn reap(body: Pid) -> Option<Event> {
    let mut ended = None;
    loop {
        match process::wait_any(false) {
            Ok(Some((pid, status))) if pid == body => ended = Some(status),
            Ok(Some(_stray)) => {}
            others => {
                let left = others.is_ok();
                return ended.map(|status| Event::BodyEnded { status, left });
            }
        }
    }
}
