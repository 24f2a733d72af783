//! The workers of a run: each test borrows one, and one whose launcher is lost leaves the pool.
//!
//! A test whose request no launcher has received runs with another worker. So one launcher that is killed and can't be
//! replaced costs the run one thread's worth of speed, and no result.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::monitor::RunOptions;
use super::run_state::RunState;
use super::worker::Worker;
use crate::error::SetupError;
use crate::launcher::Launcher;
use crate::launcher::fork_server::ForkServer;
use crate::outcome::finished::Finished;
use crate::request::test::Test;
use crate::sys::lock::lock;

/// The workers, and what makes more of them.
pub(super) struct Pool {
    workers: Mutex<Workers>,
    run: Arc<RunState>,
    /// A worker came back, or is lost.
    changed: Condvar,
    /// For launchers that are lost. `None`: there are as many as there are tests, or the process is about to exit.
    server: Mutex<Option<ForkServer>>,
    /// Whether it has a worker for each test that runs at a time, however many.
    grows: bool,
}

#[derive(Default)]
struct Workers {
    /// Without a test at the moment.
    idle: Vec<Worker>,
    busy: usize,
}

/// What a test gets.
enum Taken {
    Worker(Worker),
    /// There is none, and none will come back.
    None,
}

impl Pool {
    /// Of a harness that has forked these, one for each of its threads.
    pub(super) fn of(launchers: Vec<Launcher>, server: Option<ForkServer>) -> Self {
        let pool = Self::new(server, false);
        let workers = launchers.into_iter().map(|launcher| pool.worker(launcher));
        let idle = workers.collect();
        lock(&pool.workers).idle = idle;
        pool
    }

    /// One that grows by a fork server.
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
            let unheard = worker.take_unheard();
            if unheard.is_some() || worker.is_lost() {
                self.give_back(None);
                worker.stop();
            } else {
                self.give_back(Some(worker));
            }
            match unheard {
                Some(error) => why = error,
                None => return finished,
            }
        }
    }

    /// Ends all workers that have no test.
    pub(super) fn stop_workers(&self) {
        let idle = mem::take(&mut lock(&self.workers).idle);
        idle.into_iter().for_each(Worker::stop);
    }

    /// Ends the fork server, and all that it has made.
    pub(super) fn stop_server(&self) {
        if let Some(server) = lock(&self.server).take() {
            server.stop();
        }
    }

    /// Ends the fork server when the process exits. A lock that is held then has a holder who is lost with the process: waiting for
    /// it could last for ever.
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

    /// Waits for a worker, as long as one may come back. `why` becomes the reason why there is none.
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

    /// `None`: it is lost.
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
