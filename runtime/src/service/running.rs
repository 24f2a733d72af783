//! What a test can do to a service that runs.

use std::process::ExitStatus;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Service;
use super::error::Error;
use super::handle::Handle;
use super::message::{Outcome, Request};
use super::problem::Problem;
use super::process_tree;
use super::wait;
use crate::body::role;
use crate::sys::signal::SIGKILL;
use crate::sys::{process, signal};

impl Service {
    /// Returns the pid of the main process: the program, or after
    /// [`Ready::exit`](super::Ready::exit) its daemon.
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
        Ok(state.ended)
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
        if signal == SIGKILL as i32 {
            self.sent_kill.store(true, Ordering::Relaxed);
        }
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
                // It ended between the two calls, for example because the caller had sent SIGKILL.
                Err(error) if error.exit_status().is_some() => {}
                stopped => drop(stopped?),
            }
        }
        self.sent_kill.store(false, Ordering::Relaxed);
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
