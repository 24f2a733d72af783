//! Killing everything that a service has started.

use std::os::fd::AsFd;

use super::Supervisor;
use crate::sandbox::file;
use crate::sys::process::{self, Pid};
use crate::sys::signal;

impl Supervisor {
    /// Kills and reaps the whole tree.
    ///
    /// It signals only children, before it reaps them, because an unreaped pid cannot be reused.
    /// When one dies, its own children become the supervisor's, and the next round kills them.
    pub(super) fn kill_tree(&mut self) {
        self.life.expects_exit = true;
        while self.any_left() {
            let mut killed = false;
            self.for_each_child(&mut |pid| killed |= process::kill(pid, signal::SIGKILL).is_ok());
            let main = self.life.state.pid;
            if !killed && self.life.state.is_running() {
                // Without /proc only the main process and its group are known.
                killed = process::kill(-main, signal::SIGKILL).is_ok();
                killed |= process::kill(main, signal::SIGKILL).is_ok();
            }
            if !killed {
                return;
            }
            if let Ok(Some((pid, status))) = process::wait_any(true) {
                if pid == self.life.state.pid {
                    self.life.state.ended = Some(status);
                }
            }
        }
    }

    /// Returns the oldest child, if there is one.
    pub(super) fn eldest_child(&mut self) -> Option<Pid> {
        let mut eldest = None;
        self.for_each_child(&mut |pid| eldest = eldest.or(Some(pid)));
        eldest
    }

    /// Returns how many processes the kernel's out-of-memory killer has killed on this machine.
    /// `None`: /proc does not show it.
    pub(super) fn oom_kills(&mut self) -> Option<u64> {
        let proc = self.fds.proc.as_ref()?;
        let counters = file::read_at(proc.as_fd(), c"vmstat", &mut self.buffer).unwrap_or_default();
        let line = counters
            .split(|byte| *byte == b'\n')
            .find_map(|line| line.strip_prefix(b"oom_kill "));
        std::str::from_utf8(line?).ok()?.parse().ok()
    }

    /// Reaps all exited children. Returns whether a child is left.
    fn any_left(&mut self) -> bool {
        loop {
            match process::wait_any(false) {
                Ok(Some((pid, status))) if pid == self.life.state.pid => {
                    self.life.state.ended = Some(status);
                }
                Ok(Some(_other)) => {}
                Ok(None) => return true,
                Err(_no_children) => return false,
            }
        }
    }

    /// Calls `each` for every child, in the order of their start: `proc_pid_task(5)`.
    fn for_each_child(&mut self, each: &mut dyn FnMut(Pid)) {
        let Some(proc) = &self.fds.proc else { return };
        let list = file::read_at(proc.as_fd(), c"thread-self/children", &mut self.buffer);
        let pids = list.unwrap_or_default().split(u8::is_ascii_whitespace);
        pids.filter_map(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
            .for_each(each);
    }
}
