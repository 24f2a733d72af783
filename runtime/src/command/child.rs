//! A sandbox with a program in it, seen from outside.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus, Output};
use std::thread;
use std::time::Duration;

use crate::channel::result_page::{InitReport, ResultPage};
use crate::error::{Call, SetupError, Step};
use crate::sandbox::cgroup::Cgroup;
use crate::sys::process::{self, Pid, WaitStatus};
use crate::sys::{Errno, fd, signal};

use super::result_pages;

/// A sandbox with a program in it. Dropping it ends the sandbox, unlike [`std::process::Child`], and waits for that.
///
/// ```no_run
/// use std::io::{BufRead, BufReader};
///
/// use ns_test::{Sandbox, Stdio};
///
/// let mut server = Sandbox::new().net().pid().command("my-server").stdout(Stdio::Piped).spawn()?;
/// let stdout = server.stdout.take().expect("it is piped");
/// let first = BufReader::new(stdout).lines().next(); // "ready", say
/// server.kill();
/// assert!(!server.wait()?.success());
/// # let _ = first;
/// # Ok::<(), ns_test::SetupError>(())
/// ```
#[derive(Debug)]
pub struct Child {
    /// The other end of the program's stdin, if that is [`Stdio::Piped`](crate::Stdio::Piped).
    pub stdin: Option<ChildStdin>,
    /// The other end of its stdout.
    pub stdout: Option<ChildStdout>,
    /// The other end of its stderr.
    pub stderr: Option<ChildStderr>,
    pub(super) pid: Pid,
    pub(super) init: OwnedFd,
    pub(super) page: ResultPage,
    pub(super) status: Option<ExitStatus>,
    /// Its end is what tells init that nobody wants the sandbox any more.
    pub(super) lifeline: Option<OwnedFd>,
    pub(super) cgroup: Option<Cgroup>,
}

impl Child {
    /// The process id of the sandbox's init, as the caller sees it.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    /// Waits until the program has ended and nothing of its sandbox is left; closes its stdin first.
    ///
    /// # Errors
    /// A [`SetupError`] if the sandbox could not be made or the program could not be executed.
    pub fn wait(&mut self) -> Result<ExitStatus, SetupError> {
        drop(self.stdin.take());
        self.wait_for_init(true).map(Option::unwrap_or_default)
    }

    /// The exit status if the program has ended, `None` if it runs; does not wait.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, SetupError> {
        self.wait_for_init(false)
    }

    /// Ends the sandbox, with SIGKILL for all of its processes. It is over once [`wait`](Self::wait) returns.
    ///
    /// Init kills the others. [`wait`](Self::wait) kills an init that takes longer than five seconds for it, and without
    /// [`pid`](crate::Sandbox::pid) processes that the program has started may outlive that.
    pub fn kill(&mut self) {
        drop(self.lifeline.take());
    }

    /// Sends the program a signal of this number: `kill(2)`, `signal(7)`. Its children do not get it.
    ///
    /// A program that is PID 1 (`as_init`) gets only what it has a handler for, SIGKILL and SIGSTOP. Nothing happens if it has
    /// ended. A number that no signal has is an error.
    ///
    /// # Errors
    /// A [`SetupError`] with the errno: EINVAL, or EAGAIN where too many signals are queued.
    pub fn signal(&self, signal: i32) -> Result<(), SetupError> {
        let failed = |errno| SetupError::new(Step::Watch, Call::Sigqueue, errno);
        if !(1..=signal::LAST).contains(&signal) {
            return Err(failed(Errno::INVAL));
        }
        if self.status.is_some() {
            return Ok(());
        }
        match signal::queue(self.pid, signal::SIGUSR1, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Reads both streams to their ends, then waits. A stream that is not piped, or was taken, is empty in the answer.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_with_output(mut self) -> Result<Output, SetupError> {
        drop(self.stdin.take());
        let stderr = self
            .stderr
            .take()
            .map(|mut stream| thread::spawn(move || read_all(&mut stream)));
        let stdout = self
            .stdout
            .take()
            .map(|mut stream| read_all(&mut stream))
            .unwrap_or_default();
        let stderr = stderr
            .and_then(|reader| reader.join().ok())
            .unwrap_or_default();
        Ok(Output {
            status: self.wait()?,
            stdout,
            stderr,
        })
    }

    fn wait_for_init(&mut self, block: bool) -> Result<Option<ExitStatus>, SetupError> {
        if let Some(status) = self.status {
            return Ok(Some(status));
        }
        if block && self.lifeline.is_none() {
            self.kill_if_stuck();
        }
        let failed = |errno| SetupError::new(Step::Watch, Call::Check, errno);
        let Some(init) = process::wait_pidfd(self.init.as_fd(), block).map_err(failed)? else {
            return Ok(None);
        };
        let WaitStatus(status) = match self.page.init_report() {
            InitReport::Ended(status) => status,
            InitReport::NotSetUp(error) => return Err(error),
            // Killed, with the program: as good as if that had been.
            InitReport::Nothing | InitReport::Corrupt => {
                if init.signal().is_some() {
                    init
                } else {
                    WaitStatus::killed_by(signal::SIGKILL)
                }
            }
        };
        self.status = Some(ExitStatus::from_raw(status));
        Ok(self.status)
    }
}

impl Child {
    /// Kills an init that does not end its sandbox by itself: one that waits for the kernel while it sets the sandbox up, or was
    /// stopped.
    fn kill_if_stuck(&self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        let ended = fd::poll([self.init.as_fd()], Some(PATIENCE));
        if !ended.is_ok_and(|[init]| init.readable) {
            let _ = process::pidfd_send_signal(self.init.as_fd(), signal::SIGKILL);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        let _ = self.wait_for_init(true);
        if let Some(cgroup) = &self.cgroup {
            cgroup.remove(Duration::from_secs(2));
        }
        result_pages::give_back(self.page);
    }
}

fn read_all(stream: &mut impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    // What came before an error is still worth having.
    let _: io::Result<usize> = stream.read_to_end(&mut all);
    all
}
