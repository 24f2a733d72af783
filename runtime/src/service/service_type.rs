//! The service: its configuration and its running process.

use std::borrow::Borrow;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Ready;
use super::condition::Condition;
use super::copied_command::Recipe;
use super::error::{Details, Error, Problem};
use super::handle::{Gone, Handle};
use super::launch::{Order, launch};
use super::message::{MOST_TEXTS, Outcome, Request, StartStep, State};
use super::notify_socket::NotifySocket;
use super::process_tree;
use super::supervisor::{MOST_SOCKETS, Output};
use super::wait;
use crate::body::role;
use crate::network::Host;
use crate::sys::{Errno, process, signal};

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
/// ns-test, the last lines are printed when the thread panics. stderr also reports a service that
/// ends unexpectedly, and so does the report of a failed test.
///
/// The program gets stdin from /dev/null, its [`socket`](Self::socket)s as its only other
/// descriptors, its own session and default signal dispositions. It runs in the namespaces of the
/// thread that starts it. Variables that a service manager set for *cargo* (`NOTIFY_SOCKET`,
/// `LISTEN_FDS`, `JOURNAL_STREAM` and similar ones) are removed from its environment.
///
/// It works outside a sandbox as well. When the test's process dies, so does the service.
pub struct Service {
    recipe: Recipe,
    name: String,
    conditions: Mutex<Vec<Condition>>,
    timeout: Duration,
    stop_signal: i32,
    sockets: Vec<OwnedFd>,
    /// The host to run on. `None`: the test's own network.
    host: Option<Host>,
    handle: Option<Handle>,
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
            host: None,
            handle: None,
        }
    }

    pub(super) fn on_host(mut self, host: &Host) -> Self {
        self.name = format!("{}/{}", host.name(), self.name);
        self.host = Some(host.clone());
        self
    }

    /// Sets the name in messages. Default: the program's file name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
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
    /// [`sd_listen_fds(3)`]: https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
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

    /// Starts the program without waiting for readiness, so that several services can start at
    /// once.
    ///
    /// # Errors
    /// If the program can't be executed.
    pub fn spawn(mut self) -> Result<Self, Error> {
        let handle = self.launch().map_err(|problem| self.error(problem))?;
        let answer = handle.first_answer();
        self.handle = Some(handle);
        self.take_start(answer)?;
        Ok(self)
    }

    /// Waits until the service is ready.
    ///
    /// # Errors
    /// If the service ends, which is noticed at once, or is not ready before the
    /// [`timeout`](Self::timeout).
    pub fn wait(&self) -> Result<&Self, Error> {
        let handle = self.handle()?;
        let mut conditions = self
            .conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Condition programs and functions run on the service's host.
        let wait = || wait::for_readiness(handle, &mut conditions, self.timeout);
        self.at_its_place(wait)
            .map_err(|problem| self.error(problem))?;
        Ok(self)
    }

    /// Starts the program and waits until it is ready, as [`spawn`](Self::spawn) and
    /// [`wait`](Self::wait) do.
    ///
    /// # Errors
    /// Those of [`spawn`](Self::spawn) and [`wait`](Self::wait).
    pub fn start(self) -> Result<Self, Error> {
        let service = self.spawn()?;
        service.wait()?;
        Ok(service)
    }

    /// Returns the pid of the main process: the program, or after [`Ready::exit`] its daemon.
    ///
    /// # Errors
    /// If the service does not run.
    pub fn id(&self) -> Result<u32, Error> {
        self.running().map(|(_, state)| state.pid.unsigned_abs())
    }

    /// Returns the exit status of the main process, or `None` while it runs.
    ///
    /// # Errors
    /// If the service was never started, or its supervisor has died.
    pub fn exit_status(&self) -> Result<Option<ExitStatus>, Error> {
        let state = self.known(self.handle()?.state())?;
        Ok(state.ended.map(wait::exit_status))
    }

    /// Returns the last lines that the service has written, at most 50, oldest first.
    pub fn last_lines(&self) -> Vec<String> {
        self.handle
            .as_ref()
            .map(Handle::last_lines)
            .unwrap_or_default()
    }

    /// Sends a signal to the main process.
    ///
    /// # Errors
    /// If the service does not run, or the signal does not exist.
    pub fn signal(&self, signal: i32) -> Result<(), Error> {
        self.request_signal(signal, Request::Signal(signal))
    }

    /// Stops all processes of the service with SIGSTOP. Connections stay open, and the service does
    /// not answer.
    ///
    /// # Errors
    /// If the service does not run.
    pub fn pause(&self) -> Result<(), Error> {
        /// The longest wait. A process in a long system call stops when the call ends.
        const LONGEST: Duration = Duration::from_secs(10);
        let (handle, _) = self.running()?;
        let start = Instant::now();
        loop {
            let running: Vec<_> = process_tree::descendants(handle.supervisor)
                .into_iter()
                .filter(|pid| {
                    process_tree::state(*pid).is_some_and(|state| !"TtZX".contains(state))
                })
                .collect();
            if running.is_empty() {
                return Ok(());
            }
            if start.elapsed() > LONGEST {
                return Err(self.error(Problem::NotPaused));
            }
            for pid in running {
                let _ = process::kill(pid, signal::SIGSTOP);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Continues the processes of a paused service, with SIGCONT.
    ///
    /// # Errors
    /// If the service does not run.
    pub fn resume(&self) -> Result<(), Error> {
        let (handle, _) = self.running()?;
        for pid in process_tree::descendants(handle.supervisor) {
            let _ = process::kill(pid, signal::SIGCONT);
        }
        Ok(())
    }

    /// Stops the service gracefully, if it runs, starts it again and waits until it is ready.
    ///
    /// # Errors
    /// Those of [`stop`](Self::stop) and [`start`](Self::start).
    pub fn restart(&self) -> Result<(), Error> {
        let handle = self.handle()?;
        if self.known(handle.state())?.is_running() {
            match self.stop() {
                // It ended between the two calls: after a SIGKILL of the caller's, for example.
                Err(error) if error.exit_status().is_some() => {}
                stopped => drop(stopped?),
            }
        }
        self.take_start(handle.ask(Request::Start))?;
        self.wait().map(drop)
    }

    /// Stops the service gracefully: sends the [`stop_signal`](Self::stop_signal) to the main
    /// process, waits until it exits, and kills all remaining processes.
    ///
    /// # Errors
    /// If the service does not run, or has not exited before the [`timeout`](Self::timeout). It is
    /// then killed.
    pub fn stop(&self) -> Result<ExitStatus, Error> {
        let (handle, _) = self.running()?;
        self.request_signal(self.stop_signal, Request::Stop(self.stop_signal))?;
        // A paused process would not receive the signal.
        self.resume().or_else(|error| match error.exit_status() {
            Some(_) => Ok(()),
            None => Err(error),
        })?;
        let ended = self.known(wait::for_end(handle, self.timeout))?;
        self.known(handle.ask(Request::Kill))?;
        ended.ok_or_else(|| {
            self.error(Problem::NotStopped {
                signal: self.stop_signal,
                after: self.timeout,
            })
        })
    }

    fn launch(&mut self) -> Result<Handle, Problem> {
        if self.handle.is_some() {
            return Err(Problem::Invalid("it was started before"));
        }
        if self.sockets.len() > MOST_SOCKETS {
            return Err(Problem::Invalid("it has more than 16 sockets"));
        }
        let order = self.order()?;
        self.at_its_place(|| launch(order))
            .map_err(Problem::NotPrepared)
    }

    fn at_its_place<T>(&self, function: impl FnOnce() -> T) -> T {
        match &self.host {
            Some(host) => host.run(function),
            None => function(),
        }
    }

    fn order(&self) -> Result<Order, Problem> {
        let conditions = self
            .conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let texts: Vec<Vec<u8>> = conditions
            .iter()
            .filter_map(|condition| Some(condition.log_text()?.as_bytes().to_vec()))
            .collect();
        if texts.len() > MOST_TEXTS {
            return Err(Problem::Invalid("it waits for more than 8 log texts"));
        }
        let notifies = |condition: &Condition| matches!(condition, Condition::Notified);
        let mut recipe = self.recipe.clone();
        let notify = conditions
            .iter()
            .any(notifies)
            .then(NotifySocket::bind)
            .transpose()
            .map_err(Problem::NotPrepared)?;
        if let Some(socket) = &notify {
            recipe.set("NOTIFY_SOCKET", socket.name.clone());
        }
        if !self.sockets.is_empty() {
            recipe.set("LISTEN_FDS", self.sockets.len().to_string().into());
        }
        let copies = self.sockets.iter().map(OwnedFd::try_clone);
        Ok(Order {
            command: recipe.prepare().map_err(Problem::NotPrepared)?,
            output: Output::new(&self.name, texts, role::is_test()),
            forks: conditions
                .iter()
                .any(|condition| matches!(condition, Condition::Exit)),
            notify,
            sockets: copies
                .collect::<io::Result<_>>()
                .map_err(Problem::NotPrepared)?,
        })
    }

    fn take_start(&self, answer: Result<(Outcome, State), Gone>) -> Result<(), Error> {
        let (outcome, _) = self.known(answer)?;
        let Outcome::NotStarted(step, errno) = outcome else {
            return Ok(());
        };
        let place = match step {
            StartStep::Execute => self.recipe.search_place(),
            _ => String::new(),
        };
        let is_search = step == StartStep::Execute && errno == Errno::ACCES;
        let errno = if is_search && !self.recipe.is_there() {
            // execvp reports EACCES for any name if one directory of PATH can't be searched.
            Errno::NOENT
        } else {
            errno
        };
        Err(self.error_before_start(Problem::NotStarted { step, errno, place }))
    }

    fn request_signal(&self, signal: i32, request: Request) -> Result<(), Error> {
        let (handle, _) = self.running()?;
        let (outcome, state) = self.known(handle.ask(request))?;
        match outcome {
            Outcome::NotSent(errno) if state.is_running() => {
                Err(self.error(Problem::NotSignalled { signal, errno }))
            }
            // The process has exited in between.
            _ => Ok(()),
        }
    }

    fn handle(&self) -> Result<&Handle, Error> {
        let never = || self.error_before_start(Problem::NotRunning { status: None });
        self.handle.as_ref().ok_or_else(never)
    }

    fn running(&self) -> Result<(&Handle, State), Error> {
        let handle = self.handle()?;
        let state = self.known(handle.state())?;
        match state.ended {
            None => Ok((handle, state)),
            Some(status) => Err(self.error(Problem::NotRunning {
                status: Some(wait::exit_status(status)),
            })),
        }
    }

    fn known<T>(&self, answer: Result<T, Gone>) -> Result<T, Error> {
        answer.map_err(|Gone| self.error_before_start(Problem::SupervisorGone))
    }

    /// Returns an error with everything that the supervisor knows.
    fn error(&self, problem: Problem) -> Error {
        let Some(handle) = &self.handle else {
            return self.error_before_start(problem);
        };
        let Ok(state) = handle.state() else {
            return self.error_before_start(Problem::SupervisorGone);
        };
        Error::new(Details {
            service: self.name.clone(),
            pid: Some(state.pid),
            problem,
            status_text: String::from_utf8_lossy(state.status_text()).into_owned(),
            lines: Some(handle.last_lines()),
        })
    }

    fn error_before_start(&self, problem: Problem) -> Error {
        Error::new(Details {
            service: self.name.clone(),
            pid: None,
            problem,
            status_text: String::new(),
            lines: None,
        })
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

impl Drop for Service {
    fn drop(&mut self) {
        let Some(handle) = &self.handle else { return };
        if handle.owner != process::getpid() {
            return;
        }
        // A graceful stop keeps what the service writes when it exits: the directory's files, or
        // coverage counters.
        if role::is_preparation() || std::env::var_os("LLVM_PROFILE_FILE").is_some() {
            let _ = self.stop();
        }
        if std::thread::panicking() && !role::is_test() {
            print_last_lines(&self.name, &handle.last_lines());
        }
    }
}

/// Uses `eprintln`, which libtest captures.
#[expect(clippy::print_stderr, reason = "it is a test's output")]
fn print_last_lines(name: &str, lines: &[String]) {
    for line in lines {
        eprintln!("[{name}] {line}");
    }
}
