//! The fork server: under libtest, whose threads exist before any code of ours runs, this binary once more, to fork launchers.
//!
//! It is executed with a command line on which libtest runs a single test, whose thread then serves instead of testing. So
//! it is as small and as quiet as a process of libtest can be: see [`SingleThreaded::beside_main_asleep`]. Its children, the
//! launchers, are reaped by the kernel, since it ignores SIGCHLD.
//!
//! A harness of our own forks its launchers itself, and a fork server beside them, for a launcher that is killed.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::Launcher;
use crate::channel::fork_server_socket::Message;
use crate::error::{Call, SetupError, Step};
use crate::request::test::Test;
use crate::sys::fd::Stream;
use crate::sys::process::{self, Fork, Pid};
use crate::sys::thread::SingleThreaded;
use crate::sys::{Errno, env as environment, fd, signal, socket};

/// The fork server as the libtest process sees it.
#[derive(Debug)]
pub(crate) struct ForkServer {
    process: Pid,
    control: OwnedFd,
    /// Its closing tells all processes of the run that this one is gone: see [`Lifeline`](crate::launcher::Lifeline).
    /// `None`: that is the harness's, which has others beside this one.
    _lifeline: Option<OwnedFd>,
    /// Whose it is. Forked children of that process have copies of all this.
    owner: Pid,
}

/// Why there is no fork server.
#[derive(Debug)]
pub(crate) enum ForkServerError {
    NotExecuted(io::Error),
    /// It has ended before it had said a word.
    Gone,
    /// It has threads beside libtest's two.
    NotSingleThreaded,
}

/// Set in the environment of a fork server until it serves.
const VARIABLE: &str = "NS_TEST_FORK_SERVER";

impl ForkServer {
    /// Executes this binary anew, so that it runs this test.
    pub(crate) fn start(test: &str) -> Result<Self, ForkServerError> {
        let failed = |errno: Errno| {
            ForkServerError::NotExecuted(io::Error::from_raw_os_error(errno.number()))
        };
        let (control, servers_end) = socket::pair().map_err(failed)?;
        let (lifeline, held) = fd::pipe().map_err(failed)?;
        // As its stdin the line comes along without being open to other programs that this process executes meanwhile.
        let process = Command::new("/proc/self/exe")
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
            .map_err(ForkServerError::NotExecuted)?;
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

    /// Forks one, in the first lines of `main`.
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
                fd::close_all_but(&forked, [servers_end.as_fd(), lifeline]);
                let _ = fd::open_onto(c"/dev/null", fd::READ_WRITE, Stream::Stdin);
                let served = make_launchers(single_threaded, tests, servers_end.as_fd(), lifeline);
                process::exit_now(i32::from(served.is_err()))
            }
        }
    }

    /// Has a launcher made.
    pub(crate) fn launcher(&self) -> Result<Launcher, SetupError> {
        let failed = |call| move |errno| SetupError::new(Step::StartLauncher, call, errno);
        let (launcher, [launcher_end, page]) = Launcher::elsewhere()?;
        Message::MakeLauncher
            .send(self.control.as_fd(), &[launcher_end.as_fd(), page.as_fd()])
            .map_err(failed(Call::Sendmsg))?;
        Ok(launcher)
    }

    /// Ends it and all that it has made, and waits for their end.
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

/// Whether this process is to be a fork server.
pub(crate) fn is_wanted() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// The fork server's whole life, from its first and only test on.
pub(crate) fn serve(tests: &'static [Test]) -> ! {
    let code = match try_serve(tests) {
        Ok(()) => 0,
        Err(_) => 1,
    };
    process::exit_now(code)
}

/// Until the libtest process is gone.
fn try_serve(tests: &'static [Test]) -> Result<(), Errno> {
    // Tests must not find the line as their stdin, nor programs that they execute.
    let stdin = io::stdin();
    let control = stdin
        .as_fd()
        .try_clone_to_owned()
        .map_err(|_not_open| Errno::IO)?;
    fd::open_onto(c"/dev/null", fd::READ_WRITE, Stream::Stdin)?;
    let (_, [lifeline, ..]) = Message::receive(control.as_fd())?;
    let lifeline = fd::leak(lifeline.ok_or(Errno::IO)?);
    // What is buffered now would be written by every child again.
    let _ = io::stdout().flush();
    let Some(single_threaded) = SingleThreaded::beside_main_asleep() else {
        return Message::NotSingleThreaded.send(control.as_fd(), &[]);
    };
    environment::remove(&single_threaded, OsStr::new(VARIABLE));
    Message::Ready.send(control.as_fd(), &[])?;
    make_launchers(&single_threaded, tests, control.as_fd(), lifeline)
}

/// What a launcher is to have: its end of the line, and its page. `None`: nobody asks for one any more.
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

/// Until nobody can ask for one any more.
fn make_launchers(
    single_threaded: &SingleThreaded,
    tests: &'static [Test],
    control: BorrowedFd<'_>,
    lifeline: BorrowedFd<'static>,
) -> Result<(), Errno> {
    signal::ignore(signal::SIGCHLD);
    while let Some(ends) = next_launcher(control, lifeline)? {
        // Should it fail, the hang-up of the line tells it.
        let _ = Launcher::start_for_another(single_threaded, tests, ends, lifeline);
    }
    // Those who wait for this process wait for all that it has made.
    while process::wait_any(true).is_ok() {}
    Ok(())
}
