//! The service's main process: its output, its signals and its exit.

use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::Supervisor;
use crate::service::message::Outcome;
use crate::sys::process::{self};
use crate::sys::{Errno, fd, signal};

impl Supervisor {
    pub(super) fn signal(&self, number: i32) -> Outcome {
        let state = &self.life.state;
        if !state.is_running() {
            return Outcome::NotSent(Errno::CHILD);
        }
        // It is not reaped, so its pid can't be reused.
        process::kill_by_number(state.pid, number).map_or_else(Outcome::NotSent, |()| Outcome::Done)
    }

    /// Reads the available output, up to a limit: a flood must not delay requests. Returns whether
    /// it contains texts that the test waits for.
    pub(super) fn read_output(&mut self) -> bool {
        const MOST_CHUNKS: usize = 16;
        let before = self.output.counts();
        for _ in 0..MOST_CHUNKS {
            match fd::read(self.fds.output.as_fd(), &mut self.buffer) {
                Ok(length @ 1..) => self.output.take(&self.buffer[..length]),
                _empty => break,
            }
        }
        self.life.state.counts = self.output.counts();
        before != self.life.state.counts
    }

    /// Returns whether the main process has ended.
    pub(super) fn reap(&mut self) -> bool {
        let mut ended = false;
        while let Ok(Some((pid, status))) = process::wait_any(false) {
            if pid == self.life.state.pid && self.life.state.is_running() {
                self.main_ended(status);
                ended = true;
            }
        }
        ended
    }

    pub(super) fn main_ended(&mut self, status: ExitStatus) {
        // Reads its last output first.
        self.read_output();
        // Until the test has seen a daemon, a child that exits with 0 is the first of a double
        // fork. Its own child, now the supervisor's, is next.
        let may_leave_one = self.forks && (!self.life.state.forked || self.life.test_waits);
        if may_leave_one && status.code() == Some(0) {
            if let Some(daemon) = self.eldest_child() {
                self.life.state.pid = daemon;
                self.life.state.forked = true;
                return;
            }
        }
        let killed = status.signal() == Some(signal::SIGKILL as i32);
        self.life.state.ended = Some(status);
        if killed {
            let counts = self.oom_kills().zip(self.life.oom_kills);
            self.life.state.out_of_memory = counts.map(|(now, before)| now > before);
        }
        self.announce_end();
    }

    /// Reports on the test's stderr that the service has ended, unless the test expects that or
    /// reports it itself.
    pub(super) fn announce_end(&mut self) {
        let life = &mut self.life;
        let Some(status) = life.state.ended else {
            return;
        };
        if life.announced || life.expects_exit || life.test_waits {
            return;
        }
        life.announced = true;
        self.output.announce_end(
            life.state.pid,
            status,
            life.state.out_of_memory == Some(true),
        );
    }
}
