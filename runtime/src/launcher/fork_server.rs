//! The fork server: a second process of this binary, which forks launchers.
//!
//! Under libtest, threads exist before any code of this crate runs, so the test process itself
//! cannot fork. The fork server's command line makes libtest run a single test, and the thread of
//! that test serves. See [`SingleThreaded::beside_main_asleep`] for why the fork is sound there.
//! The fork server ignores SIGCHLD, so that the kernel reaps its children, the launchers.
//!
//! A harness with its own `main` forks its launchers itself. It also forks a fork server, which
//! replaces launchers that are killed.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use super::{Launcher, constructors};
use crate::channel::fork_server_socket::Message;
use crate::error::{Call, SetupError, Step};
use crate::init::streams::{self, Stream};
use crate::request::test::Test;
use crate::sys::process::{self, Fork, Pid};
use crate::sys::thread::SingleThreaded;
use crate::sys::{Errno, env as environment, fd, signal, socket};

/// The fork server as its parent process sees it.
#[derive(Debug)]
pub(crate) struct ForkServer {
    process: Pid,
    control: OwnedFd,
    /// Closing it notifies all processes of the run that this one is gone: see
    /// [`Lifeline`](crate::launcher::Lifeline). `None`: the harness has the lifeline.
    _lifeline: Option<OwnedFd>,
    /// The process that started it. Forked children of that process have copies of this struct.
    owner: Pid,
}

/// Why there is no fork server.
#[derive(Debug)]
pub(crate) enum ForkServerError {
    NotExecuted(io::Error),
    /// It exited before it sent a message.
    Gone,
    /// It has more threads than libtest's two.
    NotSingleThreaded,
}

/// Set in the environment of a fork server until it serves.
const VARIABLE: &str = "NS_TEST_FORK_SERVER";

impl ForkServer {
    /// Executes this binary again, so that it runs this test.
    pub(crate) fn start(test: &str) -> Result<Self, ForkServerError> {
        let failed = |errno: Errno| ForkServerError::NotExecuted(errno.into());
        let (control, servers_end) = socket::pair().map_err(failed)?;
        let (lifeline, held) = fd::pipe().map_err(failed)?;
        let process = execute(test, servers_end).map_err(ForkServerError::NotExecuted)?;
        let server = Self {
            process: Pid::try_from(process.id()).unwrap_or(-1),
            control,
            _lifeline: Some(held),
            owner: process::getpid(),
        };
        let sent = Message::Lifeline.send(server.control.as_fd(), &[lifeline.as_fd()]);
        let answer = sent.map_or(Err(ForkServerError::Gone), |()| server.first_word());
        match answer {
            Ok(()) => Ok(server),
            Err(absent) => {
                server.stop();
                Err(absent)
            }
        }
    }

    /// Forks a fork server, in the first lines of `main`.
    pub(crate) fn fork(
        single_threaded: &SingleThreaded,
        tests: &'static [Test],
        lifeline: BorrowedFd<'static>,
    ) -> Result<Self, Errno> {
        let (control, servers_end) = socket::pair()?;
        match process::fork(single_threaded)? {
            Fork::Parent(process) => Ok(Self {
                process,
                control,
                _lifeline: None,
                owner: process::getpid(),
            }),
            Fork::Child(forked) => {
                fd::close_all_but(&forked, &[servers_end.as_fd(), lifeline]);
                let _ = streams::open_onto(c"/dev/null", fd::READ_WRITE, Stream::Stdin);
                let served = make_launchers(single_threaded, tests, servers_end.as_fd(), lifeline);
                process::exit_now(i32::from(served.is_err()))
            }
        }
    }

    /// Requests a launcher.
    pub(crate) fn launcher(&self) -> Result<Launcher, SetupError> {
        let failed = |call| move |errno| SetupError::new(Step::StartLauncher, call, errno);
        let (launcher, [launcher_end, page]) = Launcher::elsewhere()?;
        Message::MakeLauncher
            .send(self.control.as_fd(), &[launcher_end.as_fd(), page.as_fd()])
            .map_err(failed(Call::Sendmsg))?;
        Ok(launcher)
    }

    /// Ends the fork server and its launchers, and waits for their end.
    pub(crate) fn stop(self) {
        let is_ours = self.owner == process::getpid();
        drop((self.control, self._lifeline));
        if is_ours {
            let _ = process::wait_for(self.process);
        }
    }

    fn first_word(&self) -> Result<(), ForkServerError> {
        match Message::receive(self.control.as_fd()) {
            Ok((Some(Message::Ready), _)) => Ok(()),
            Ok((Some(Message::NotSingleThreaded), _)) => Err(ForkServerError::NotSingleThreaded),
            _ => Err(ForkServerError::Gone),
        }
    }
}

/// Executes this binary again, so that it runs this test, with this end of the socket. The end is
/// closed here before the function returns: otherwise, the socket would not hang up when the new
/// process ends.
fn execute(test: &str, servers_end: OwnedFd) -> io::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    constructors::ask(&mut command);
    // Other programs that this process executes meanwhile do not inherit the socket, since it is
    // the new process's stdin.
    command
        .arg0(env::args_os().next().unwrap_or_default())
        .args([
            test,
            "--exact",
            "--test-threads=1",
            "--nocapture",
            "--include-ignored",
        ])
        .env(VARIABLE, "1")
        .stdin(servers_end)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Returns whether this process is to be a fork server.
pub(crate) fn is_wanted() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// Runs the fork server, from its first and only test until it exits.
pub(crate) fn serve(tests: &'static [Test]) -> ! {
    let code = match try_serve(tests) {
        Ok(()) => 0,
        Err(_) => 1,
    };
    process::exit_now(code)
}

/// Serves until the libtest process is gone.
fn try_serve(tests: &'static [Test]) -> Result<(), Errno> {
    // Neither tests nor the programs that they execute may find the control socket as their stdin.
    let stdin = io::stdin();
    let control = stdin
        .as_fd()
        .try_clone_to_owned()
        .map_err(|_not_open| Errno::IO)?;
    streams::open_onto(c"/dev/null", fd::READ_WRITE, Stream::Stdin)?;
    let (_, [lifeline, ..]) = Message::receive(control.as_fd())?;
    let lifeline = fd::leak(lifeline.ok_or(Errno::IO)?);
    // Every child would write the buffered output again.
    let _ = io::stdout().flush();
    let Some(single_threaded) = SingleThreaded::beside_main_asleep() else {
        return Message::NotSingleThreaded.send(control.as_fd(), &[]);
    };
    environment::remove(&single_threaded, OsStr::new(VARIABLE));
    constructors::forget(&single_threaded);
    Message::Ready.send(control.as_fd(), &[])?;
    make_launchers(&single_threaded, tests, control.as_fd(), lifeline)
}

/// Receives what the next launcher needs: its end of the control socket, and its page. `None`: the
/// harness requests no more launchers.
fn next_launcher(
    control: BorrowedFd<'_>,
    lifeline: BorrowedFd<'_>,
) -> Result<Option<[OwnedFd; 2]>, Errno> {
    loop {
        let [asked, life] = fd::poll([control, lifeline], None)?;
        if life.hung_up {
            return Ok(None);
        }
        if asked.readable || asked.hung_up {
            return Ok(match Message::receive(control)? {
                (Some(Message::MakeLauncher), [Some(launcher_end), Some(page), _]) => {
                    Some([launcher_end, page])
                }
                _ => None,
            });
        }
    }
}

/// Makes launchers until the harness requests no more.
fn make_launchers(
    single_threaded: &SingleThreaded,
    tests: &'static [Test],
    control: BorrowedFd<'_>,
    lifeline: BorrowedFd<'static>,
) -> Result<(), Errno> {
    signal::ignore(signal::SIGCHLD);
    while let Some(ends) = next_launcher(control, lifeline)? {
        // If it fails, the control socket hangs up, which the harness notices.
        let _ = Launcher::start_for_another(single_threaded, tests, ends, lifeline);
    }
    // A process that waits for this one also waits for its launchers.
    while process::wait_any(true).is_ok() {}
    Ok(())
}
