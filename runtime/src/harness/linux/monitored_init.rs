//! The init of a running test, as its monitor finds and signals it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use crate::channel::init_pid::InitPid;
use crate::launcher::Launcher;
use crate::outcome::processes::{self, Activity};
use crate::sys::process::{self, Pid};
use crate::sys::signal::Signal;
use crate::sys::{fd, procfs};

/// An init that a launcher makes, or has made.
pub(super) struct MonitoredInit<'a> {
    pid: InitPid,
    /// Opened late: most tests are over before a pidfd would pay off.
    pidfd: Option<OwnedFd>,
    /// The launcher's control socket.
    control: BorrowedFd<'a>,
    /// Whether init is a child of this process.
    is_parent: bool,
}

impl<'a> MonitoredInit<'a> {
    pub(super) fn of(launcher: &'a Launcher) -> Self {
        Self {
            pid: launcher.init,
            pidfd: None,
            control: launcher.control(),
            is_parent: !launcher.is_elsewhere(),
        }
    }

    /// Returns whether the kernel has made init.
    pub(super) fn exists(&self) -> bool {
        self.pid.get().is_some()
    }

    pub(super) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.pidfd.as_ref().map(AsFd::as_fd)
    }

    pub(super) fn control(&self) -> BorrowedFd<'a> {
        self.control
    }

    /// Opens a pidfd for init. Init's parent reaps it only after this test, so until then no other
    /// process has its pid. A parent that is gone gives no such guarantee.
    pub(super) fn find(&mut self) {
        if self.pidfd.is_none() {
            let open = |pid| process::pidfd_open(pid).ok();
            let opened = self.pid.get().and_then(open);
            // Checked after the open: init's parent was still there when the pid was looked up.
            self.pidfd = opened.filter(|_| self.is_parent || self.has_launcher());
        }
    }

    fn has_launcher(&self) -> bool {
        let polled = fd::poll([self.control], Some(Duration::ZERO));
        polled.is_ok_and(|[control]| !control.hung_up)
    }

    /// Sends the signal, if it can reach no other process.
    pub(super) fn signal(&self, signal: Signal) {
        let _ = match (self.pidfd(), self.pid.get()) {
            (Some(init), _) => process::pidfd_send_signal(init, signal),
            // An unreaped child keeps its pid, which no other process can have.
            (None, Some(pid)) if process::is_child(pid) => process::kill(pid, signal),
            (None, _) => Ok(()),
        };
    }

    /// Returns whether an init without a pidfd has ended. There is no pidfd if no descriptor is
    /// free, or if a seccomp filter forbids the call.
    pub(super) fn has_ended_without_pidfd(&self) -> bool {
        self.pidfd.is_none() && self.pid.get().is_some_and(process::has_ended)
    }

    /// Returns what the test's processes are doing.
    pub(super) fn activities(&self) -> Vec<Activity> {
        let number = self.pidfd().and_then(procfs::number_of);
        let activities = |init| processes::activities(number.unwrap_or(Pid::unsigned_abs(init)));
        self.pid.get().map(activities).unwrap_or_default()
    }
}
