//! The test's side of a running supervisor.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::message::{LONGEST, Outcome, REPLY, Request, State, decode_reply};
use super::notify_socket::NotifyFiles;
use crate::sys::process::{self, Pid};
use crate::sys::{fd, socket};

/// The error that the supervisor has exited or was killed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone;

/// A supervisor, which ends when this is dropped.
pub(super) struct Handle {
    /// Requests and answers come in pairs.
    pub(super) control: Mutex<OwnedFd>,
    /// One byte for each change. Non-blocking.
    pub(super) bell: OwnedFd,
    pub(super) supervisor: Pid,
    pub(super) pidfd: OwnedFd,
    /// The process that made it. A copy in a forked child must not end the supervisor.
    pub(super) owner: Pid,
    /// Removed with the handle, in case the supervisor was killed.
    pub(super) _notify_files: Option<NotifyFiles>,
}

impl Handle {
    pub(super) fn ask(&self, request: Request) -> Result<(Outcome, State), Gone> {
        let mut reply = [0; REPLY];
        match self.exchange(request, &mut reply)? {
            REPLY => Ok(decode_reply(&reply)),
            _short => Err(Gone),
        }
    }

    pub(super) fn state(&self) -> Result<State, Gone> {
        self.ask(Request::State).map(|(_, state)| state)
    }

    /// Returns the last lines of output, oldest first.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let mut text = vec![0; LONGEST];
        // An empty answer looks like a closed socket.
        let length = self.exchange(Request::LastLines, &mut text).unwrap_or(0);
        String::from_utf8_lossy(&text[..length])
            .lines()
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Returns the answer to the start that every supervisor begins with.
    pub(super) fn first_answer(&self) -> Result<(Outcome, State), Gone> {
        let mut reply = [0; REPLY];
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        match socket::receive(control.as_fd(), &mut reply) {
            Ok((REPLY, _)) => Ok(decode_reply(&reply)),
            _gone => Err(Gone),
        }
    }

    /// Sleeps until something changes, or until this time has passed.
    pub(super) fn sleep(&self, time: Duration) {
        let _ = fd::poll([self.bell.as_fd(), self.pidfd.as_fd()], Some(time));
        let mut bytes = [0; 64];
        while fd::read(self.bell.as_fd(), &mut bytes) == Ok(bytes.len()) {}
    }

    fn exchange(&self, request: Request, into: &mut [u8]) -> Result<usize, Gone> {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        socket::send(control.as_fd(), &request.encode(), &[]).map_err(|_errno| Gone)?;
        match socket::receive(control.as_fd(), into) {
            Ok((length @ 1.., _)) => Ok(length),
            _gone => Err(Gone),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        /// A process that the kernel can't kill, for example in a dead network file system, must
        /// not hang the test.
        const LONGEST_END: Duration = Duration::from_secs(10);
        if process::getpid() != self.owner {
            return;
        }
        // A service that the test did not wait for may have ended unnoticed.
        let _ = self.ask(Request::Waiting(false));
        let _ = self.exchange(Request::Quit, &mut [0; 8]);
        // The pidfd is readable once the supervisor is dead; `init`, or this process, reaps it.
        let _ = fd::poll([self.pidfd.as_fd()], Some(LONGEST_END));
        let _ = process::wait_pidfd(self.pidfd.as_fd(), false);
    }
}
