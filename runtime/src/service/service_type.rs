//! The service: what is asked for, and what runs.

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

/// A program that runs in the background of a test: a database, a broker, a web server, a daemon of your own.
///
/// The methods up to [`spawn`](Self::spawn) say how it is started, the ones after it what happens to the running service.
/// Dropping it kills the program, and everything that it has started, with SIGKILL. In a function that prepares a directory, and
/// where `LLVM_PROFILE_FILE` is set, dropping stops it gracefully instead.
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
/// What it writes goes to the test's stderr, with its name in front of each line; outside of a test of ns-test, the last lines are
/// printed when the thread panics. A service that ends by itself is named there, too, and so in the report of a failed test.
///
/// It gets stdin from /dev/null, no other descriptors than its [`socket`](Self::socket)s, a session of its own, default signal
/// dispositions, and the namespaces of the thread that starts it. What a service manager gave to *cargo* (`NOTIFY_SOCKET`, `LISTEN_FDS`, `JOURNAL_STREAM` and their like) is
/// removed from its environment.
///
/// It works outside of a sandbox as well. When the test's process dies, so does the service.
pub struct Service {
    recipe: Recipe,
    name: String,
    conditions: Mutex<Vec<Condition>>,
    timeout: Duration,
    stop_signal: i32,
    sockets: Vec<OwnedFd>,
    /// Where it runs, if not where the test does.
    host: Option<Host>,
    handle: Option<Handle>,
}

/// How long a service may take to be ready, or to stop. 32 servers that start at once on two processors take two seconds.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

impl Service {
    /// A service that runs this command.
    ///
    /// Program, arguments, environment and working directory are copied, so that it can be restarted. What std has no getter for is
    /// not: streams, ids, `arg0`, `pre_exec`.
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

    /// The name in messages. Default: the program's file name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// When the service is ready. Default: as soon as the program is executed.
    #[must_use]
    pub fn ready(mut self, ready: Ready) -> Self {
        self.conditions = Mutex::new(ready.conditions);
        self
    }

    /// How long it may take to be ready, and to stop. Default: 30 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The signal that [`stop`](Self::stop) sends. Default: SIGTERM.
    ///
    /// PostgreSQL wants SIGINT: at SIGTERM it waits until all clients have left.
    #[must_use]
    pub fn stop_signal(mut self, signal: i32) -> Self {
        self.stop_signal = signal;
        self
    }

    /// Hands a listening socket over, by `LISTEN_FDS`: [`sd_listen_fds(3)`]. The first is number 3, the next 4, and so on.
    ///
    /// The kernel queues clients from the moment the test listens, so that there is nothing to wait for. The service gets a
    /// duplicate; restarts get the same socket.
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
    /// If the process has no descriptor left.
    #[must_use]
    pub fn socket(mut self, listener: impl AsFd) -> Self {
        let socket = listener.as_fd().try_clone_to_owned();
        self.sockets
            .push(socket.expect("a descriptor can be duplicated"));
        self
    }

    /// Starts the program without waiting for readiness, so that several services can start at once.
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
    /// If the service ends, which is noticed at once, or is not ready when the [`timeout`](Self::timeout) is over.
    pub fn wait(&self) -> Result<&Self, Error> {
        let handle = self.handle()?;
        let mut conditions = self
            .conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Programs and functions that are asked are on the service's host.
        let wait = || wait::for_readiness(handle, &mut conditions, self.timeout);
        self.at_its_place(wait)
            .map_err(|problem| self.error(problem))?;
        Ok(self)
    }

    /// Starts the program and waits until it is ready: [`spawn`](Self::spawn) and [`wait`](Self::wait).
    ///
    /// # Errors
    /// Those of both.
    pub fn start(self) -> Result<Self, Error> {
        let service = self.spawn()?;
        service.wait()?;
        Ok(service)
    }

    /// The main process: the program, or after [`Ready::exit`] its daemon.
    ///
    /// # Errors
    /// If it does not run.
    pub fn id(&self) -> Result<u32, Error> {
        self.running().map(|(_, state)| state.pid.unsigned_abs())
    }

    /// The exit status of the main process, or `None` while it runs.
    ///
    /// # Errors
    /// If it was never started, or its supervisor is gone.
    pub fn exit_status(&self) -> Result<Option<ExitStatus>, Error> {
        let state = self.known(self.handle()?.state())?;
        Ok(state.ended.map(wait::exit_status))
    }

    /// The last lines that it has written, at most 50, oldest first.
    pub fn last_lines(&self) -> Vec<String> {
        self.handle
            .as_ref()
            .map(Handle::last_lines)
            .unwrap_or_default()
    }

    /// Sends a signal to the main process.
    ///
    /// # Errors
    /// If it does not run, or there is no such signal.
    pub fn signal(&self, signal: i32) -> Result<(), Error> {
        self.request_signal(signal, Request::Signal(signal))
    }

    /// Stops all processes of the service where they are, with SIGSTOP. Connections stay, and nothing answers.
    ///
    /// # Errors
    /// If it does not run.
    pub fn pause(&self) -> Result<(), Error> {
        /// A process in a long system call stops at its end.
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

    /// Lets the processes of a paused service go on, with SIGCONT.
    ///
    /// # Errors
    /// If it does not run.
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

    /// Stops the service gracefully: sends the [`stop_signal`](Self::stop_signal) to the main process, waits for its end, and kills what
    /// is left.
    ///
    /// # Errors
    /// If it does not run, or has not ended when the [`timeout`](Self::timeout) is over. It is killed then.
    pub fn stop(&self) -> Result<ExitStatus, Error> {
        let (handle, _) = self.running()?;
        self.request_signal(self.stop_signal, Request::Stop(self.stop_signal))?;
        // A paused process would keep the signal waiting.
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
            // A directory of PATH that can't be searched says so of every name.
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
            // It has ended in between.
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

    /// With all that the supervisor knows.
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
        // What it writes when it exits is kept: the directory, or coverage counters.
        if role::is_preparation() || std::env::var_os("LLVM_PROFILE_FILE").is_some() {
            let _ = self.stop();
        }
        if std::thread::panicking() && !role::is_test() {
            print_last_lines(&self.name, &handle.last_lines());
        }
    }
}

/// By `eprintln`, which libtest captures.
#[expect(clippy::print_stderr, reason = "it is a test's output")]
fn print_last_lines(name: &str, lines: &[String]) {
    for line in lines {
        eprintln!("[{name}] {line}");
    }
}
