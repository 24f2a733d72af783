//! The workers of a run. Each test borrows a worker, and a worker that has lost its launcher leaves
//! the pool.
//!
//! A test whose request was not received by a launcher runs with another worker. So a launcher that
//! is killed and cannot be replaced slows the run down by one thread, and costs no result.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::run_options::RunOptions;
use super::run_state::RunState;
use super::worker::Worker;
use crate::error::SetupError;
use crate::launcher::Launcher;
use crate::launcher::fork_server::ForkServer;
use crate::outcome::finished::Finished;
use crate::request::test::Test;
use crate::sys::lock::lock;

/// The workers, and the fork server that makes more of them.
pub(super) struct Pool {
    workers: Mutex<Workers>,
    run: Arc<RunState>,
    /// Signals that a worker was returned, or is lost.
    changed: Condvar,
    /// Replaces lost launchers. `None`: there are as many workers as tests, or the process is about
    /// to exit.
    server: Mutex<Option<ForkServer>>,
    /// Whether the pool makes a new worker whenever all others are busy.
    grows: bool,
}

#[derive(Default)]
struct Workers {
    /// The workers without a test.
    idle: Vec<Worker>,
    busy: usize,
}

/// The result of asking for a worker.
enum Taken {
    Worker(Worker),
    /// There is no worker, and none will be returned.
    None,
}

impl Pool {
    /// Returns the pool of a harness that has forked these launchers, one for each of its threads.
    pub(super) fn of(launchers: Vec<Launcher>, server: Option<ForkServer>) -> Self {
        let pool = Self::new(server, false);
        let workers = launchers.into_iter().map(|launcher| pool.worker(launcher));
        let idle = workers.collect();
        lock(&pool.workers).idle = idle;
        pool
    }

    /// Returns a pool that grows through a fork server.
    pub(super) fn growing(server: ForkServer) -> Self {
        Self::new(Some(server), true)
    }

    fn new(server: Option<ForkServer>, grows: bool) -> Self {
        Self {
            workers: Mutex::default(),
            run: Arc::new(RunState::begin()),
            changed: Condvar::new(),
            server: Mutex::new(server),
            grows,
        }
    }

    fn worker(&self, launcher: Launcher) -> Worker {
        Worker::new(launcher, Arc::clone(&self.run))
    }

    /// Runs test number `index` of the table.
    pub(super) fn run(&self, index: u32, test: &Test, options: &RunOptions) -> Finished {
        let mut why = Launcher::none_is_left();
        loop {
            let Taken::Worker(mut worker) = self.take(&mut why) else {
                return Finished::not_launched(why);
            };
            let finished = worker.run(index, test, options, &|| self.make_launcher().ok());
            let unreceived = worker.take_unreceived();
            if unreceived.is_some() || worker.is_lost() {
                self.give_back(None);
                worker.stop();
            } else {
                self.give_back(Some(worker));
            }
            match unreceived {
                Some(error) => why = error,
                None => return finished,
            }
        }
    }

    /// Ends all idle workers.
    pub(super) fn stop_workers(&self) {
        let idle = mem::take(&mut lock(&self.workers).idle);
        idle.into_iter().for_each(Worker::stop);
    }

    /// Ends the fork server and its launchers.
    pub(super) fn stop_server(&self) {
        if let Some(server) = lock(&self.server).take() {
            server.stop();
        }
    }

    /// Ends the fork server when the process exits. A thread that holds the lock then ends with the
    /// process, so waiting for the lock could last forever.
    pub(super) fn stop_server_at_exit(&self) {
        let server = self
            .server
            .try_lock()
            .ok()
            .and_then(|mut server| server.take());
        if let Some(server) = server {
            server.stop();
        }
    }

    /// Waits for a worker, as long as one may be returned. Sets `why` to the reason if there is
    /// none.
    fn take(&self, why: &mut SetupError) -> Taken {
        let mut workers = lock(&self.workers);
        loop {
            if let Some(worker) = workers.idle.pop() {
                workers.busy += 1;
                return Taken::Worker(worker);
            }
            if self.grows {
                match self.make_launcher() {
                    Ok(launcher) => {
                        workers.busy += 1;
                        return Taken::Worker(self.worker(launcher));
                    }
                    Err(error) => *why = error,
                }
            }
            if workers.busy == 0 {
                return Taken::None;
            }
            let waited = self.changed.wait(workers);
            workers = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns a worker to the pool. `None`: it is lost.
    fn give_back(&self, worker: Option<Worker>) {
        let mut workers = lock(&self.workers);
        workers.busy -= 1;
        workers.idle.extend(worker);
        drop(workers);
        self.changed.notify_all();
    }

    fn make_launcher(&self) -> Result<Launcher, SetupError> {
        match &*lock(&self.server) {
            Some(server) => server.launcher(),
            None => Err(Launcher::none_is_left()),
        }
    }
}
