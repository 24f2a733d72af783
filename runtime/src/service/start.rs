//! The start of a service, and the wait until it is ready.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Service;
use super::condition::Condition;
use super::error::Error;
use super::handle::{Gone, Handle};
use super::launch::{Order, launch};
use super::message::{MOST_TEXTS, Outcome, StartStep, State};
use super::notify_socket::NotifySocket;
use super::problem::Problem;
use super::supervisor::{MOST_SOCKETS, Output};
use super::wait;
use crate::body::role;
use crate::sys::Errno;

impl Service {
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
        self.at_its_place(wait).map_err(|mut problem| {
            if let Problem::Ended { sent_kill, .. } = &mut problem {
                *sent_kill = self.sent_kill.load(Ordering::Relaxed);
            }
            self.error(problem)
        })?;
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

    fn launch(&mut self) -> Result<Handle, Problem> {
        if self.handle.is_some() {
            return Err(Problem::Invalid(
                "it was already started; `restart` starts it again",
            ));
        }
        if self.recipe.program.is_empty() {
            return Err(Problem::Invalid(
                "its command names no program: pass one to `Command::new`",
            ));
        }
        if self.sockets.len() > MOST_SOCKETS {
            return Err(Problem::Invalid(
                "it has more than 16 sockets: pass fewer to `socket`",
            ));
        }
        let order = self.order()?;
        self.at_its_place(|| launch(order))
            .map_err(Problem::NotPrepared)
    }

    fn at_its_place<T>(&self, function: impl FnOnce() -> T) -> T {
        #[cfg(feature = "network")]
        if let Some(host) = &self.host {
            return host.run(function);
        }
        function()
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
            return Err(Problem::Invalid(
                "it waits for more than 8 log texts: use fewer `Ready::log`",
            ));
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
                .any(|condition| matches!(condition, Condition::Exit(_))),
            notify,
            sockets: copies
                .collect::<io::Result<_>>()
                .map_err(Problem::NotPrepared)?,
        })
    }

    pub(super) fn take_start(&self, answer: Result<(Outcome, State), Gone>) -> Result<(), Error> {
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
}
