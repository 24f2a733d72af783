//! A sandbox with a program in it, as its caller sees it.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStderr, ChildStdin, ChildStdout, ExitStatus, Output};
use std::thread;
use std::time::Duration;

use crate::channel::result_page::{InitReport, ResultPage};
use crate::error::{Call, SetupError, Step};
use crate::sandbox::cgroup::Cgroup;
use crate::sys::process::{self, Pid};
use crate::sys::{Errno, fd, signal};

use super::result_pages;

/// A sandbox with a program in it. Unlike [`std::process::Child`], dropping it ends the sandbox and
/// waits for that.
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
    /// The write end of the program's stdin, if that is [`Stdio::Piped`](crate::Stdio::Piped).
    pub stdin: Option<ChildStdin>,
    /// The read end of the program's stdout, if that is piped.
    pub stdout: Option<ChildStdout>,
    /// The read end of the program's stderr, if that is piped.
    pub stderr: Option<ChildStderr>,
    pub(super) pid: Pid,
    pub(super) init: OwnedFd,
    pub(super) page: ResultPage,
    pub(super) status: Option<ExitStatus>,
    /// Closing it makes init end the sandbox.
    pub(super) lifeline: Option<OwnedFd>,
    pub(super) cgroup: Option<Cgroup>,
}

impl Child {
    /// Returns the process id of the sandbox's init, in the caller's pid namespace.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    /// Closes the program's stdin, then waits until the program has ended and its sandbox is gone.
    ///
    /// # Errors
    /// Returns a [`SetupError`] if setting up the sandbox or executing the program failed.
    pub fn wait(&mut self) -> Result<ExitStatus, SetupError> {
        drop(self.stdin.take());
        self.wait_for_init(true).map(Option::unwrap_or_default)
    }

    /// Returns the exit status if the program has ended, or `None` if it still runs. Does not wait.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, SetupError> {
        self.wait_for_init(false)
    }

    /// Ends the sandbox with SIGKILL for all of its processes. It is over once [`wait`](Self::wait)
    /// returns.
    ///
    /// Init kills the other processes. If init takes longer than five seconds, [`wait`](Self::wait)
    /// kills init itself. Without [`pid`](crate::Sandbox::pid), processes that the program started
    /// may then survive.
    pub fn kill(&mut self) {
        drop(self.lifeline.take());
    }

    /// Sends a signal by number to the program, and not to its children: `kill(2)`, `signal(7)`.
    ///
    /// A program that is PID 1 (`as_init`) receives only SIGKILL, SIGSTOP and signals for which it
    /// has a handler. If the program has ended, nothing happens.
    ///
    /// # Errors
    /// Returns a [`SetupError`] with the errno: EINVAL for a number that is not a signal, or EAGAIN
    /// if too many signals are queued.
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

    /// Reads both streams to their ends, then waits. A stream that is not piped, or was taken, is
    /// empty in the result.
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
        let status = match self.page.init_report() {
            InitReport::Ended(status) => status,
            InitReport::NotSetUp(error) => return Err(error),
            // A killed init takes the program with it, which counts as a killed program.
            InitReport::Nothing | InitReport::Corrupt => {
                if init.signal().is_some() {
                    init
                } else {
                    ExitStatus::from_raw(signal::SIGKILL as i32)
                }
            }
        };
        self.status = Some(status);
        Ok(self.status)
    }
}

impl Child {
    /// Kills an init that does not end its sandbox: the kernel blocks it during setup, or it was
    /// stopped.
    fn kill_if_stuck(&self) {
        const GIVE_UP_AFTER: Duration = Duration::from_secs(5);
        let ended = fd::poll([self.init.as_fd()], Some(GIVE_UP_AFTER));
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
    // What was read before an error is still useful.
    let _: io::Result<usize> = stream.read_to_end(&mut all);
    all
}
