//! The supervisor's descriptors, and those that it must not keep.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::init::signals;
use crate::init::streams::{self, Stream};
use crate::sys::fd;
use crate::sys::process::Forked;

/// The maximum number of sockets for one service.
pub(in crate::service) const MOST_SOCKETS: usize = 16;

/// The supervisor's descriptors.
pub(in crate::service) struct Fds {
    /// The supervisor's end of the control socket.
    pub(in crate::service) control: OwnedFd,
    /// It writes one byte here for each change: the test sleeps on the other end.
    pub(in crate::service) bell: OwnedFd,
    /// Non-blocking.
    pub(in crate::service) output: OwnedFd,
    pub(in crate::service) output_write: OwnedFd,
    /// The pipe for the error of a child that can't execute the program. The read end is
    /// non-blocking.
    pub(in crate::service) failure: OwnedFd,
    pub(in crate::service) failure_write: OwnedFd,
    pub(in crate::service) null: OwnedFd,
    pub(in crate::service) signals: signals::SignalFd,
    pub(in crate::service) notify: Option<OwnedFd>,
    /// The test's process. Readable once it is dead.
    pub(in crate::service) test: Option<OwnedFd>,
    /// /proc, if it shows this pid namespace.
    pub(in crate::service) proc: Option<OwnedFd>,
    /// The sockets that the program gets from number 3 on, open at numbers above those.
    pub(in crate::service) sockets: Vec<OwnedFd>,
}

impl Fds {
    /// Closes the descriptors inherited from the test: otherwise its pipes would not end and its
    /// ports would stay taken.
    ///
    /// It runs before the start, because close-on-exec takes effect only after `CLONE_VFORK` has
    /// resumed the supervisor.
    pub(super) fn release_inherited(&self, forked: &Forked, keeps_stderr: bool) {
        let _ = streams::dup_onto(self.null.as_fd(), Stream::Stdin);
        let _ = streams::dup_onto(self.null.as_fd(), Stream::Stdout);
        if !keeps_stderr {
            let _ = streams::dup_onto(self.null.as_fd(), Stream::Stderr);
        }
        let always = [
            &self.control,
            &self.bell,
            &self.output,
            &self.output_write,
            &self.failure,
            &self.failure_write,
            &self.null,
        ];
        let sometimes = [&self.notify, &self.test, &self.proc];
        let all = always.into_iter().chain(sometimes.into_iter().flatten());
        let all = all.chain(&self.sockets).map(AsFd::as_fd);
        close_others(forked, self.signals.as_fd(), all);
    }
}

/// Closes all descriptors from 3 on except these.
pub(super) fn close_others<'fd>(
    forked: &Forked,
    first: BorrowedFd<'fd>,
    others: impl Iterator<Item = BorrowedFd<'fd>>,
) {
    let mut kept = [first; 11 + MOST_SOCKETS];
    for (slot, fd) in kept.iter_mut().skip(1).zip(others) {
        *slot = fd;
    }
    fd::close_all_but(forked, &kept);
}
