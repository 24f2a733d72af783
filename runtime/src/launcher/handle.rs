//! The launcher: a small, single-threaded process that makes the tests' processes, so that the
//! harness never forks.
//!
//! The harness forks it in the first lines of `main`, before there is a second thread and while
//! memory is small. Forking a threaded process is unsound: the child may wait for a lock whose
//! owner exists only in the parent. The cost of a fork also grows with the memory of the forking
//! process.
//!
//! Under libtest, this crate's code runs too late for that, and a fork server forks the launcher:
//! `fork_server.rs`. Each worker of the harness has its own launcher and page. The launcher keeps
//! nothing of a test but its plan: `kept_plan.rs`.

use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic;
use std::thread;
use std::time::{Duration, Instant};

use crate::channel::init_pid::InitPid;
use crate::channel::request_socket::{Reply, TestRequest};
use crate::channel::result_page::SharedPage;
use crate::error::{Call, SetupError, Step};
use crate::init::streams::{self, Stream};
use crate::request::test::Test;
use crate::sandbox::affinity::Processors;
use crate::sandbox::host::HostFacts;
use crate::sandbox::inherited::{self, Inherited};
use crate::sys::fork_mark::ForkMark;
use crate::sys::process::{self, Fork, Forked, Pid};
use crate::sys::thread::SingleThreaded;
use crate::sys::vfork::Vfork;
use crate::sys::{Errno, fd, signal, socket};

use super::kept_plan::KeptPlan;
use super::lifeline::Lifeline;
use super::optimizations::Optimization;
use super::serve::LauncherLoop;
use super::spawn::InitContext;

/// A launcher as the harness sees it.
#[derive(Debug)]
pub(crate) struct Launcher {
    /// `None`: it is a child of the fork server, and its inits are its own children.
    pid: Option<Pid>,
    control: OwnedFd,
    pub(crate) page: SharedPage,
    pub(crate) init: InitPid,
}

impl Launcher {
    /// Forks a launcher for these tests.
    pub(crate) fn start(
        single_threaded: &SingleThreaded,
        tests: &'static [Test],
        lifeline: &Lifeline,
    ) -> Result<Self, SetupError> {
        let failed = |call| move |errno| SetupError::new(Step::StartLauncher, call, errno);
        let (page, init) = SharedPage::with_pid().map_err(failed(Call::Mmap))?;
        let (harness_end, launcher_end) = socket::pair().map_err(failed(Call::Socketpair))?;
        // Every child would write the buffered output again.
        let _ = io::stdout().flush();
        match process::fork(single_threaded).map_err(failed(Call::Fork))? {
            Fork::Parent(pid) => {
                // Launchers that are forked later, and their bodies, would inherit it.
                init.keep_from_children();
                page.keep_from_children();
                Ok(Self {
                    pid: Some(pid),
                    control: harness_end,
                    page,
                    init,
                })
            }
            Fork::Child(forked) => {
                let ends = (launcher_end, lifeline.read_end());
                // CLONE_PARENT makes init the harness's child, so that the harness can wait for it.
                serve(
                    &forked,
                    single_threaded,
                    tests,
                    (page, init),
                    ends,
                    process::PARENT,
                )
            }
        }
    }

    /// Prepares a launcher that a fork server will make. Returns also what to send there: its end
    /// of the control socket, and its page.
    pub(crate) fn elsewhere() -> Result<(Self, [OwnedFd; 2]), SetupError> {
        let failed = |call| move |errno| SetupError::new(Step::StartLauncher, call, errno);
        let (page, init, file) = SharedPage::with_file().map_err(failed(Call::MemfdCreate))?;
        let (control, launcher_end) = socket::pair().map_err(failed(Call::Socketpair))?;
        let launcher = Self {
            pid: None,
            control,
            page,
            init,
        };
        Ok((launcher, [launcher_end, file]))
    }

    /// Makes, in the fork server, a launcher that another process has requested.
    pub(crate) fn start_for_another(
        single_threaded: &SingleThreaded,
        tests: &'static [Test],
        [control, page]: [OwnedFd; 2],
        lifeline: BorrowedFd<'static>,
    ) -> Result<(), Errno> {
        match process::fork(single_threaded)? {
            Fork::Parent(_reaped_by_the_kernel) => Ok(()),
            Fork::Child(forked) => {
                // The fork server ignores SIGCHLD. A launcher waits for the programs that write id
                // maps, and tests may wait for their children.
                signal::set_default(signal::SIGCHLD);
                let ends = (control, lifeline);
                match SharedPage::of_file(page.as_fd()) {
                    Ok(pages) => serve(&forked, single_threaded, tests, pages, ends, 0),
                    Err(_) => process::exit_now(1),
                }
            }
        }
    }

    /// Requests a test and returns the pipe of its output. The test is over when that hangs up. If
    /// the test has no init, the launcher sends a [`reply`](Self::reply). The page must be clear.
    pub(crate) fn launch(&self, request: TestRequest, task: &[u8]) -> Result<OwnedFd, SetupError> {
        self.init.clear();
        let failed = |call| move |errno| SetupError::new(Step::MakeNamespaces, call, errno);
        let (output, init_output) = fd::pipe().map_err(failed(Call::Pipe))?;
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let own = [stdout.as_fd(), stderr.as_fd()];
        let streams = (self.is_elsewhere() && !request.capture).then_some(own);
        request
            .send(self.control.as_fd(), task, init_output.as_fd(), streams)
            .map_err(|errno| match errno {
                Errno::PIPE | Errno::CONNRESET => {
                    failed(Call::Write)(errno).because("the launcher is gone")
                }
                _ => failed(Call::Write)(errno),
            })?;
        Ok(output)
    }

    /// Returns the control socket: readable when there is a reply, hung up when the launcher is
    /// gone.
    pub(crate) fn control(&self) -> BorrowedFd<'_> {
        self.control.as_fd()
    }

    /// Waits for the reply that says why the last request's test has no init.
    pub(crate) fn reply(&self) -> Result<Reply, SetupError> {
        Reply::receive(self.control.as_fd())
    }

    /// Returns whether the launcher, and therefore its inits, are not children of the caller.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.pid.is_none()
    }

    /// Returns whether the launcher never received the request. Then another one may run it.
    pub(crate) fn never_heard(error: &SetupError) -> bool {
        match error.call {
            Call::Write => [Errno::PIPE, Errno::CONNRESET].contains(&error.errno),
            // Closing a socket with unread messages resets the connection: `unix(7)`.
            Call::Read => error.errno == Errno::CONNRESET,
            // See `page_is_lost`.
            Call::Check => error.errno == Errno::BUSY,
            _ => false,
        }
    }

    /// Returns the error for a launcher whose pages are all held by processes of earlier tests.
    pub(crate) fn page_is_lost() -> SetupError {
        SetupError::new(Step::MakeNamespaces, Call::Check, Errno::BUSY)
            .because("processes of earlier tests hold the result pages")
    }

    /// Returns the error for a worker that has no launcher and cannot get one.
    pub(crate) fn none_is_left() -> SetupError {
        SetupError::new(Step::MakeNamespaces, Call::Check, Errno::PIPE)
            .because("no launcher is left")
    }

    /// Returns the error for a launcher that does not answer a request.
    pub(crate) fn stuck() -> SetupError {
        SetupError::new(Step::MakeNamespaces, Call::Check, Errno::TIMEDOUT)
            .because("the launcher does not answer")
    }

    /// Returns whether this is the error of [`stuck`](Self::stuck).
    pub(crate) fn is_stuck(error: &SetupError) -> bool {
        error.call == Call::Check && error.errno == Errno::TIMEDOUT
    }

    /// Kills a launcher that does not answer. A launcher of the fork server exits when it finds
    /// that its requests no longer have a sender.
    pub(crate) fn kill(&self) {
        if let Some(pid) = self.pid {
            // The child of the caller, which has not reaped it: the pid is not in use again.
            let _ = process::kill(pid, signal::SIGKILL);
        }
    }

    /// Ends the launcher and waits for its end. Kills it if it was stopped.
    pub(crate) fn stop(self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        let Some(pid) = self.pid else { return };
        drop(self.control);
        // Kernels before 5.3 have no such descriptor.
        let launcher = process::pidfd_open(pid).ok();
        let begin = Instant::now();
        while !process::reap(pid, false) {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            if left.is_zero() {
                let _ = process::kill(pid, signal::SIGKILL);
                process::reap(pid, true);
                return;
            }
            let ended = launcher
                .as_ref()
                .map(|launcher| fd::poll([launcher.as_fd()], Some(left)));
            if !matches!(ended, Some(Ok(_))) {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// Makes the unwinder initialize itself. The first panic makes a system call (`futex`, in
/// `pthread_once`), which a test's own seccomp filter may forbid to the body.
fn warm_up_unwinding() {
    if cfg!(panic = "unwind") {
        let _ = panic::catch_unwind(|| panic::resume_unwind(Box::new(())));
    }
}

/// Runs the launcher until it exits. `parenthood` is the clone flag that decides which process is
/// init's parent.
fn serve(
    forked: &Forked,
    single_threaded: &SingleThreaded,
    tests: &'static [Test],
    (page, init): (SharedPage, InitPid),
    (control, lifeline): (OwnedFd, BorrowedFd<'static>),
    parenthood: u64,
) -> ! {
    let control = fd::leak(control);
    fd::close_all_but(forked, &[control, lifeline]);
    // Tests read end-of-file from stdin and cannot take the terminal's input.
    let _ = streams::open_onto(c"/dev/null", fd::READ, Stream::Stdin);
    // A message to a harness that is gone must fail with an error. The harness handles Ctrl-C; init
    // notices it as the end of the lifeline.
    let Ok(blocked) = signal::block_all() else {
        process::exit_now(1)
    };
    inherited::reset();
    init.keep_from_children();
    warm_up_unwinding();
    let facts: &'static HostFacts = Box::leak(Box::new(HostFacts::gather()));
    let context = InitContext {
        page,
        init,
        parenthood,
        inherited: Inherited {
            processors: Processors::of_this_thread().filter(|_| Optimization::PinnedCpu.is_on()),
            mark: ForkMark::new(),
        },
        control,
        lifeline,
        vfork: Vfork::check().filter(|_| Optimization::SharedInit.is_on()),
    };
    let launcher = LauncherLoop {
        tests,
        facts,
        context,
        cgroups: Vec::new(),
        kept_plan: KeptPlan::new(),
    };
    launcher.serve(single_threaded, &blocked);
    process::exit_now(0)
}
