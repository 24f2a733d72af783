//! What can go wrong with a service, in words.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use super::message::StartStep;
use crate::outcome::describe_signal;
use crate::sys::{Errno, signal};

/// A problem with a service. Its text follows the service's name in a message.
pub(super) enum Problem {
    /// The configuration is invalid.
    Invalid(&'static str),
    /// A resource for the supervisor could not be created.
    NotPrepared(io::Error),
    NotStarted {
        step: StartStep,
        errno: Errno,
        /// Where the program was searched for.
        place: String,
    },
    /// It ended while the test waited for it.
    Ended {
        status: ExitStatus,
        out_of_memory: Option<bool>,
        /// Whether the test had sent it SIGKILL.
        sent_kill: bool,
        /// The unmet condition.
        waited_for: String,
        /// The processes that it left running.
        left: Vec<String>,
    },
    NotReady {
        after: Duration,
        waited_for: String,
        note: Option<String>,
    },
    /// A condition can never be met.
    BrokenCondition(String),
    NotStopped {
        signal: i32,
        after: Duration,
    },
    NotRunning {
        /// `None`: it was never started.
        status: Option<ExitStatus>,
    },
    NotSignalled {
        signal: i32,
        errno: Errno,
    },
    NotPaused,
    SupervisorGone,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => write!(out, "can't be started: {reason}"),
            Self::NotPrepared(error) => write!(out, "can't be started: {error}"),
            Self::NotStarted { step, errno, place } => not_started(out, *step, *errno, place),
            Self::Ended {
                status,
                out_of_memory,
                sent_kill,
                waited_for,
                left,
            } => {
                let killer = killer(*status, *out_of_memory, *sent_kill);
                write!(out, "{} before it was ready{killer}", Ended(*status))?;
                left_running(out, left)?;
                write!(out, "\n  waiting for {waited_for}")
            }
            Self::NotReady {
                after,
                waited_for,
                note,
            } => not_ready(out, *after, waited_for, note.as_deref()),
            Self::BrokenCondition(reason) => write!(out, "can't become ready: {reason}"),
            Self::NotStopped { signal, after } => not_stopped(out, *signal, *after),
            Self::NotRunning { status: None } => {
                out.write_str("was not started: call `start` first")
            }
            Self::NotRunning {
                status: Some(status),
            } => write!(out, "is not running: it {}", Ended(*status)),
            Self::NotSignalled { signal, errno } => not_signalled(out, *signal, *errno),
            Self::NotPaused => out.write_str(
                "could not be paused: one of its processes did not stop within 10s of SIGSTOP",
            ),
            Self::SupervisorGone => out.write_str(
                "is lost: its supervisor process was killed, but not by ns-test (`kill -1` in the \
                    test would do that)",
            ),
        }
    }
}

fn not_started(
    out: &mut fmt::Formatter<'_>,
    step: StartStep,
    errno: Errno,
    place: &str,
) -> fmt::Result {
    out.write_str("can't be started: ")?;
    match step {
        StartStep::Execute if errno == Errno::NOENT => {
            write!(out, "the program was not found\n  {place}")
        }
        StartStep::Execute => write!(out, "execve: {errno}\n  {place}"),
        StartStep::Directory => write!(out, "chdir to its working directory: {errno}"),
        StartStep::Descriptors => write!(out, "dup2: {errno}"),
        StartStep::Fork => write!(out, "clone: {errno}"),
    }
}

fn not_ready(
    out: &mut fmt::Formatter<'_>,
    after: Duration,
    waited_for: &str,
    note: Option<&str>,
) -> fmt::Result {
    write!(
        out,
        "was not ready within {after:?}\n  waiting for {waited_for}"
    )?;
    note.map_or(Ok(()), |note| write!(out, ": {note}"))
}

fn not_stopped(out: &mut fmt::Formatter<'_>, signal: i32, after: Duration) -> fmt::Result {
    write!(
        out,
        "did not stop within {after:?} of {} and was killed: choose another signal with \
        `stop_signal`, or a longer `timeout`",
        SignalName(signal)
    )
}

fn not_signalled(out: &mut fmt::Formatter<'_>, signal: i32, errno: Errno) -> fmt::Result {
    write!(out, "can't be sent {}: {errno}", SignalName(signal))
}

/// Returns a line that says what killed the service, as far as that is known.
fn killer(status: ExitStatus, out_of_memory: Option<bool>, sent_kill: bool) -> &'static str {
    let killed = status.signal() == Some(signal::SIGKILL as i32);
    match out_of_memory {
        _ if killed && sent_kill => "\n  the test had sent it SIGKILL",
        Some(true) => "\n  the kernel's out-of-memory killer was active at that time",
        Some(false) => "\n  neither this `Service` nor the out-of-memory killer killed it",
        None if killed => "\n  this `Service` did not kill it",
        None => "",
    }
}

fn left_running(out: &mut fmt::Formatter<'_>, left: &[String]) -> fmt::Result {
    if left.is_empty() {
        return Ok(());
    }
    write!(
        out,
        "\n  it left {} running: if it becomes a daemon, use `Ready::exit()`, or its option to stay in \
        the foreground",
        left.join(", ")
    )
}

/// `exited with status 1`, `was killed by SIGKILL`.
struct Ended(ExitStatus);

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.signal() {
            Some(number) => write!(out, "was killed by {}", SignalName(number)),
            None => write!(
                out,
                "exited with status {}",
                self.0.code().unwrap_or_default()
            ),
        }
    }
}

struct SignalName(i32);

impl fmt::Display for SignalName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match describe_signal(self.0) {
            Some((name, _)) => out.write_str(name),
            None => write!(out, "signal {}", self.0),
        }
    }
}
