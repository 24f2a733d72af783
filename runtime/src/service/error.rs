//! The errors of services, with what is known about the reason.

use std::fmt;
use std::io;
use std::process::ExitStatus;

use super::problem::Problem;
use crate::sys::process::Pid;

/// Why a service could not be started, stopped or used.
///
/// Its [`Display`](fmt::Display) names the service, the condition that the test waited for, and the
/// last lines of output. It converts to [`io::Error`], so that `?` works in a test that returns
/// [`io::Result`].
///
/// ```no_run
/// use std::process::Command;
///
/// use ns_test::service::Service;
///
/// let error = Service::new(&Command::new("no-such-server")).start().unwrap_err().to_string();
/// let first = "service `no-such-server` can't be started: the program was not found";
/// assert_eq!(error.lines().next(), Some(first));
/// ```
pub struct Error(Box<Details>);

/// The details of an error.
pub(super) struct Details {
    pub(super) service: String,
    /// The main process.
    pub(super) pid: Option<Pid>,
    pub(super) problem: Problem,
    /// The last `STATUS=`.
    pub(super) status_text: String,
    /// `None` if the service has not run.
    pub(super) lines: Option<Vec<String>>,
}

impl Error {
    pub(super) fn new(details: Details) -> Self {
        Self(Box::new(details))
    }

    /// Returns the service's exit status, if it has exited.
    #[must_use]
    pub fn exit_status(&self) -> Option<ExitStatus> {
        match self.0.problem {
            Problem::Ended { status, .. } => Some(status),
            Problem::NotRunning { status } => status,
            _ => None,
        }
    }

    /// Returns whether the service was not ready, or had not stopped, in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(
            self.0.problem,
            Problem::NotReady { .. } | Problem::NotStopped { .. }
        )
    }

    /// Returns the last lines that the service has written, at most 50, oldest first.
    #[must_use]
    pub fn last_lines(&self) -> &[String] {
        self.0.lines.as_deref().unwrap_or_default()
    }

    fn kind(&self) -> io::ErrorKind {
        match &self.0.problem {
            Problem::NotStarted { errno, .. } | Problem::NotSignalled { errno, .. } => {
                io::Error::from(*errno).kind()
            }
            Problem::NotPrepared(error) => error.kind(),
            Problem::Invalid(_) => io::ErrorKind::InvalidInput,
            _ if self.is_timeout() => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details {
            service,
            pid,
            problem,
            status_text,
            lines,
        } = &*self.0;
        write!(out, "service `{service}`")?;
        if let Some(pid) = pid {
            write!(out, " (pid {pid})")?;
        }
        write!(out, " {problem}")?;
        if !status_text.is_empty() {
            write!(out, "\n  its status: {status_text}")?;
        }
        match lines.as_deref() {
            None => Ok(()),
            Some([]) => out.write_str("\n  it wrote no output"),
            Some(lines) => {
                out.write_str("\n  its last lines:")?;
                lines
                    .iter()
                    .try_for_each(|line| write!(out, "\n    {line}"))
            }
        }
    }
}

/// The same text as `Display`, because a test that returns the error prints its `Debug` output.
impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}
