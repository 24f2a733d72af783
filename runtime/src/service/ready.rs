//! The conditions for a service to be ready.

use std::borrow::Borrow;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use super::condition::Condition;
use super::condition::daemon::Daemon;
use super::condition::program::CheckProgram;

/// A condition for a [`Service`](super::Service) to be ready.
///
/// Conditions combine with [`and`](Self::and). Waiting for any condition ends at once, with an
/// error, when the service exits.
///
/// No condition connects to the service. A probing connection would show up in logs, use up a
/// server that accepts once, and count as a failed client.
///
/// ```no_run
/// use ns_test::service::Ready;
///
/// let web = Ready::port(80).and(Ready::port(443));
/// let replica = Ready::notified().and(Ready::log("started streaming WAL"));
/// # let _ = (web, replica);
/// ```
#[must_use = "a condition does nothing until a service has it"]
pub struct Ready {
    pub(super) conditions: Vec<Condition>,
}

impl Ready {
    /// Returns a condition: the service sends `READY=1` to `NOTIFY_SOCKET`, as [`sd_notify(3)`]
    /// does.
    ///
    /// This condition is exact. Prefer it where the service supports it: PostgreSQL, MariaDB and
    /// OpenSSH (as distributions build them), Redis with `--supervised systemd`. Any process of the
    /// service may send it. `EXTEND_TIMEOUT_USEC=` extends the timeout. The error shows the last
    /// `STATUS=`.
    ///
    /// [`sd_notify(3)`]: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
    pub fn notified() -> Self {
        Self::of(Condition::Notified)
    }

    /// Returns a condition: a process of the service *listens* on this TCP port, at any address. It
    /// may not *answer* yet.
    ///
    /// ns-test reads `/proc/PID/net/tcp` and `tcp6` (`proc_pid_net(5)`) of the service's own
    /// network namespace. A port that a process outside the service has open does not count.
    pub fn port(port: u16) -> Self {
        Self::of(Condition::Tcp(port))
    }

    /// Returns a condition: a process of the service has bound this UDP port. Otherwise as
    /// [`port`](Self::port).
    pub fn udp(port: u16) -> Self {
        Self::of(Condition::Udp(port))
    }

    /// Returns a condition: a process of the service listens on the Unix socket at this path. A
    /// path that starts with `@` is an abstract name.
    ///
    /// ns-test reads `/proc/PID/net/unix`, not the file system, so a stale socket file does not
    /// count.
    pub fn listening(path: impl Into<PathBuf>) -> Self {
        Self::of(Condition::Unix(path.into()))
    }

    /// Returns a condition: the service writes a line that contains this text, to stdout or stderr.
    /// See [`count`](Self::count).
    ///
    /// One service can wait for at most eight texts; [`Service::spawn`](super::Service::spawn)
    /// refuses more.
    pub fn log(text: impl Into<String>) -> Self {
        Self::of(Condition::Log {
            text: text.into(),
            count: 1,
        })
    }

    /// Sets how many lines must contain the text of the preceding [`log`](Self::log). Default: 1.
    ///
    /// The count starts at the last start of the program.
    ///
    /// ```no_run
    /// # use ns_test::service::Ready;
    /// let second_start = Ready::log("ready to accept connections").count(2);
    /// # let _ = second_start;
    /// ```
    ///
    /// # Panics
    /// If the last condition is not a `log`.
    pub fn count(mut self, lines: u32) -> Self {
        match self.conditions.last_mut() {
            Some(Condition::Log { count, .. }) => *count = lines,
            _ => panic!("`count` applies only to `Ready::log`"),
        }
        self
    }

    /// Returns a condition: the program exits with status 0 and leaves a daemon in the background.
    ///
    /// The daemon is then the service's main process, which receives signals. Most daemons can stay
    /// in the foreground. Prefer that: ns-test then sees their output and exit status.
    pub fn exit() -> Self {
        Self::of(Condition::Exit(Daemon::default()))
    }

    /// Returns a condition: this program exits with status 0. ns-test runs it again until it does.
    ///
    /// As for the service, program, arguments, environment and directory of the command apply.
    pub fn command(command: impl Borrow<Command>) -> Self {
        Self::of(Condition::Program(CheckProgram::new(command.borrow())))
    }

    /// Returns a condition: the function returns true. ns-test calls it again until it does. It
    /// should not block.
    pub fn when(function: impl FnMut() -> bool + Send + 'static) -> Self {
        Self::of(Condition::When(Box::new(function)))
    }

    /// Returns a condition that needs both. Name the cheap condition first: they are checked in
    /// order.
    pub fn and(mut self, other: Self) -> Self {
        self.conditions.extend(other.conditions);
        self
    }

    fn of(condition: Condition) -> Self {
        Self {
            conditions: vec![condition],
        }
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.conditions.iter().map(ToString::to_string);
        out.debug_list().entries(names).finish()
    }
}
