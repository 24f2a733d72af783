//! When a service counts as ready.

use std::borrow::Borrow;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use super::condition::Condition;
use super::condition::program::CheckProgram;

/// A condition for a [`Service`](super::Service) to be ready.
///
/// Conditions combine with [`and`](Self::and). All of them end at once, with an error, when the service exits.
///
/// None of them connects to the service: a probe that connects and leaves shows up in logs, uses up a server that accepts once, and
/// counts as a failed client.
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
    /// The service sends `READY=1` to `NOTIFY_SOCKET`: [`sd_notify(3)`].
    ///
    /// It is exact, so prefer it where the service can: PostgreSQL, MariaDB and OpenSSH (as distributions build them), Redis with
    /// `--supervised systemd`. Any process of the service may send it. `EXTEND_TIMEOUT_USEC=` extends the timeout,
    /// and the last `STATUS=` is in the error.
    ///
    /// [`sd_notify(3)`]: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
    pub fn notified() -> Self {
        Self::of(Condition::Notified)
    }

    /// A process of the service *listens* on this TCP port, at any address. It may not *answer* yet.
    ///
    /// Read from `/proc/PID/net/tcp` and `tcp6` (`proc_pid_net(5)`) of the service's own network namespace. A port that a process
    /// outside of the service has open does not count.
    pub fn port(port: u16) -> Self {
        Self::of(Condition::Tcp(port))
    }

    /// A process of the service has bound this UDP port. Otherwise as [`port`](Self::port).
    pub fn udp(port: u16) -> Self {
        Self::of(Condition::Udp(port))
    }

    /// A process of the service listens on the Unix socket at this path. A path that starts with `@` is an abstract name.
    ///
    /// Read from `/proc/PID/net/unix`, not from the file system: a stale socket file does not count.
    pub fn listening(path: impl Into<PathBuf>) -> Self {
        Self::of(Condition::Unix(path.into()))
    }

    /// The service writes a line that contains this text, to stdout or stderr. See [`count`](Self::count).
    ///
    /// One service can wait for eight texts at most; [`Service::spawn`](super::Service::spawn) refuses more.
    pub fn log(text: impl Into<String>) -> Self {
        Self::of(Condition::Log {
            text: text.into(),
            count: 1,
        })
    }

    /// Waits until the text of the [`log`](Self::log) before it has come in this many lines. Default: 1.
    ///
    /// Lines are counted from the last start of the program.
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
            _ => panic!("`count` is for `Ready::log`"),
        }
        self
    }

    /// The program exits with status 0 and leaves a daemon in the background.
    ///
    /// From then on the daemon is the service's main process: it is the one that signals go to. Most daemons can stay in
    /// the foreground, which is better: their output and exit status are seen.
    pub fn exit() -> Self {
        Self::of(Condition::Exit)
    }

    /// This program exits with status 0. It is run again until it does.
    ///
    /// Like the service, it is run with the program, arguments, environment and directory of the command.
    pub fn command(command: impl Borrow<Command>) -> Self {
        Self::of(Condition::Program(CheckProgram::new(command.borrow())))
    }

    /// The function returns true. It is called again until it does, and it should not block.
    pub fn when(function: impl FnMut() -> bool + Send + 'static) -> Self {
        Self::of(Condition::When(Box::new(function)))
    }

    /// Both this and the other. The cheap ones are looked at first when they are named first.
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
