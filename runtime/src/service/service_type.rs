//! The service: its configuration.

use std::borrow::Borrow;
use std::fmt;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::Ready;
use super::condition::Condition;
use super::copied_command::Recipe;
use super::handle::Handle;
use crate::error::Shown;
use crate::sys::signal;

/// A program that runs in the background of a test: a database, a broker, a web server, or your own
/// daemon.
///
/// The methods up to [`spawn`](Self::spawn) configure the start; the methods after it act on the
/// running service. Dropping it kills the program and everything that it has started, with SIGKILL.
/// In a function that prepares a directory, and where `LLVM_PROFILE_FILE` is set, dropping stops it
/// gracefully instead.
///
/// ```no_run
/// use std::process::Command;
/// use std::time::Duration;
///
/// use ns_test::service::{Ready, Service};
///
/// let database = Service::new(Command::new("postgres").args(["-D", "/var/lib/db"]))
///     .ready(Ready::notified())
///     .timeout(Duration::from_secs(10))
///     .start()?;
/// database.restart()?;
/// database.stop()?;
/// # Ok::<(), ns_test::service::Error>(())
/// ```
///
/// Its output goes to the test's stderr, with its name in front of each line. Outside a test of
/// ns-test, the last lines are printed when the thread panics. A service that ends unexpectedly is
/// reported on stderr, and in the report of a failed test.
///
/// The program gets stdin from /dev/null, its [`socket`](Self::socket)s as its only other
/// descriptors, its own session and default signal dispositions. It runs in the namespaces of the
/// thread that starts it. Variables that a service manager set for *cargo* (`NOTIFY_SOCKET`,
/// `LISTEN_FDS`, `JOURNAL_STREAM` and similar ones) are removed from its environment.
///
/// It works outside a sandbox as well. When the test's process dies, so does the service.
pub struct Service {
    pub(super) recipe: Recipe,
    pub(super) name: String,
    pub(super) conditions: Mutex<Vec<Condition>>,
    pub(super) timeout: Duration,
    pub(super) stop_signal: i32,
    pub(super) sockets: Vec<OwnedFd>,
    /// The host to run on. `None`: the test's own network.
    #[cfg(feature = "network")]
    pub(super) host: Option<crate::network::Host>,
    pub(super) handle: Option<Handle>,
    /// Whether the test has sent SIGKILL since the last start.
    pub(super) sent_kill: AtomicBool,
}

/// The default time for a service to be ready, or to stop. 32 servers that start at once on two
/// processors take two seconds.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

impl Service {
    /// Returns a service that runs this command.
    ///
    /// It copies program, arguments, environment and working directory, so that it can restart the
    /// program. It cannot copy what std has no getter for: streams, ids, `arg0`, `pre_exec`.
    pub fn new(command: impl Borrow<Command>) -> Self {
        let recipe = Recipe::of(command.borrow());
        Self {
            name: recipe.name(),
            recipe,
            conditions: Mutex::default(),
            timeout: DEFAULT_TIMEOUT,
            stop_signal: signal::SIGTERM as i32,
            sockets: Vec::new(),
            #[cfg(feature = "network")]
            host: None,
            handle: None,
            sent_kill: AtomicBool::new(false),
        }
    }

    /// Sets the name in messages. Default: the program's file name. Messages show control
    /// characters escaped: a newline as `\n`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Shown::new(&name.into()).to_string();
        self
    }

    /// Sets when the service is ready. Default: as soon as the program is executed.
    #[must_use]
    pub fn ready(mut self, ready: Ready) -> Self {
        self.conditions = Mutex::new(ready.conditions);
        self
    }

    /// Sets the time limit for the service to be ready, and to stop. Default: 30 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the signal that [`stop`](Self::stop) sends. Default: SIGTERM.
    ///
    /// PostgreSQL needs SIGINT: at SIGTERM it waits until all clients have disconnected.
    #[must_use]
    pub fn stop_signal(mut self, signal: i32) -> Self {
        self.stop_signal = signal;
        self
    }

    /// Passes a listening socket to the service, through `LISTEN_FDS`: [`sd_listen_fds(3)`]. The
    /// first is descriptor 3, the next 4, and so on.
    ///
    /// The kernel queues clients from the moment the test listens, so the test need not wait. The
    /// service gets a duplicate; restarts get the same socket.
    ///
    /// ```no_run
    /// use std::net::TcpListener;
    /// use std::process::Command;
    ///
    /// use ns_test::service::Service;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:80")?;
    /// let _daemon = Service::new(&Command::new("my-daemon")).socket(&listener).start()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// [`sd_listen_fds(3)`]: https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html
    ///
    /// # Panics
    /// If the process has no free descriptor.
    #[must_use]
    pub fn socket(mut self, listener: impl AsFd) -> Self {
        let socket = listener.as_fd().try_clone_to_owned();
        self.sockets
            .push(socket.expect("a descriptor can be duplicated"));
        self
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Service")
            .field("name", &self.name)
            .field("command", &self.recipe.command())
            .field("is_started", &self.handle.is_some())
            .finish_non_exhaustive()
    }
}
