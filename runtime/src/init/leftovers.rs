//! Processes that outlive the body: which there are, and their end.
//!
//! Init sends a signal to its own children only, and only where `wait(2)` says that they are: nobody else reaps them, so that
//! the pid of one can't pass to another process in between. Numbers in /proc are hints where to look. All descendants
//! become children sooner or later, since init is their subreaper, or PID 1.

use std::time::Duration;

use nix::sys::prctl;

use crate::channel;
use crate::channel::result_page::ResultPage;
use crate::error::{At, Call, Failure, Step};
use crate::sys::process::{self, Pid};
use crate::sys::{fd, signal};

use super::proc::{Number, Proc};

/// Init's hold on everything that descends from the body.
#[derive(Debug)]
pub(crate) struct LeftoverProcesses {
    /// In a pid namespace of its own init can reach all others at once, and what it has not reached dies with it.
    is_pid_1: bool,
    /// `None`: pids are tried out, one after the other.
    proc: Option<Proc>,
}

impl LeftoverProcesses {
    /// Before the sandbox has another root, which may have no /proc.
    pub(crate) fn before_entering(has_pid_namespace: bool) -> Self {
        let is_pid_1 = has_pid_namespace && process::getpid() == 1;
        Self {
            is_pid_1,
            proc: if is_pid_1 { None } else { Proc::open() },
        }
    }

    /// Before the body is forked.
    pub(crate) fn prepare(&mut self) -> Result<(), Failure<'static>> {
        if self.is_pid_1 {
            // The sandbox has one for this namespace.
            self.proc = Proc::open();
            return Ok(());
        }
        prctl::set_child_subreaper(true).at(Step::Watch, Call::Prctl)
    }

    /// Writes down on the page that there are some once the body has ended, and which.
    pub(crate) fn report(&self, page: ResultPage) {
        if !any_left() {
            return;
        }
        self.let_helpers_end();
        let mut names = Names {
            page,
            left: MOST_NAMES,
        };
        match &self.proc {
            Some(proc) => proc.for_each_own_child(&mut |number| names.write_tree(proc, number)),
            None => self.for_each_tried_child(&mut |pid| {
                names.write(pid, b"");
                names.left > 0
            }),
        }
        // One that has ended meanwhile and has no name was on its way out.
        if names.left < MOST_NAMES || any_left() {
            page.write_has_leftovers();
        }
    }

    /// Writes down on the page under which name the body has ended, while it is not reaped.
    pub(crate) fn report_name_of(&self, body: Pid, page: ResultPage) {
        let Some(proc) = &self.proc else { return };
        if let Some(number) = proc.number_of_child(body) {
            page.write_name(proc.name(number, &mut [0; 32]));
        }
    }

    /// Kills the body, which is not reaped yet, and gives what serves it the time to report.
    pub(crate) fn end_body(&self, body: Pid) {
        let _ = process::kill(body, signal::SIGKILL);
        // Only then its children are init's.
        wait_until(|| process::has_ended(body));
        self.let_helpers_end();
    }

    /// Waits for what serves the test's process, and reports when that is gone.
    fn let_helpers_end(&self) {
        let Some(proc) = &self.proc else { return };
        wait_until(|| {
            let mut any = false;
            proc.for_each_own_child(&mut |number| any |= is_helper(proc, number));
            // So that what has ended is no child any more.
            !any || !any_left()
        });
    }

    /// Kills and reaps all that is left. Returns before that only if the kernel hides what it has.
    pub(crate) fn end(&self) {
        let mut fruitless = 0;
        while any_left() {
            if self.kill_all() {
                fruitless = 0;
            } else {
                fruitless += 1;
                if fruitless == MOST_FRUITLESS {
                    return;
                }
                continue;
            }
            let _ = process::wait_any(true);
        }
    }

    /// Whether it has found any. What they fork meanwhile is for the next round.
    fn kill_all(&self) -> bool {
        if self.is_pid_1 {
            // All of the namespace but the caller.
            return process::kill(-1, signal::SIGKILL).is_ok();
        }
        let mut any = false;
        if let Some(proc) = &self.proc {
            proc.for_each_own_child(&mut |pid| any |= kill_child(pid));
        }
        if !any {
            // There is no /proc, or its numbers are not those of this namespace.
            self.for_each_tried_child(&mut |pid| {
                any |= kill_child(pid);
                true
            });
        }
        any
    }

    /// Calls `each` for every child as long as it returns `true`, by asking for every pid that there can be. A call for a pid
    /// that is no child's takes a tenth of a microsecond.
    fn for_each_tried_child(&self, each: &mut dyn FnMut(Pid) -> bool) {
        let last = if self.is_pid_1 {
            LAST_PID_INSIDE
        } else {
            LAST_PID
        };
        // The kernel counts upwards, and starts again when it is through.
        let own = process::getpid();
        let children = (own..=last)
            .chain(1..own)
            .filter(|pid| process::is_child(*pid));
        for pid in children {
            if !each(pid) {
                return;
            }
        }
    }
}

/// What is written on the page.
struct Names {
    page: ResultPage,
    /// How many more are named.
    left: usize,
}

impl Names {
    fn write_tree(&mut self, proc: &Proc, number: Number) {
        if self.left == 0 {
            return;
        }
        let (mut command, mut name) = ([0; 128], [0; 32]);
        let mut command = proc.command_line(number, &mut command);
        if command.is_empty() {
            command = proc.name(number, &mut name);
        }
        if let Some(pid) = proc.pid(number) {
            self.write(pid, command);
        }
        proc.for_each_child_of(number, &mut |child| self.write_tree(proc, child));
    }

    fn write(&mut self, pid: Pid, command: &[u8]) {
        self.left -= 1;
        self.page.write_leftover(pid, command);
    }
}

/// A fork bomb has thousands: the report needs no more than these.
const MOST_NAMES: usize = 16;

/// After so many rounds in which no child was found there is nothing more to try.
const MOST_FRUITLESS: u32 = 3;

/// `PID_MAX_LIMIT` of include/linux/threads.h.
const LAST_PID: Pid = 4 << 20;

/// In a namespace whose processes are all of one test.
const LAST_PID_INSIDE: Pid = 1 << 16;

/// Reaps what has ended. When a process ends its children become init's before anyone can wait for it, so that "no
/// children" means that none is left.
fn any_left() -> bool {
    loop {
        match process::wait_any(false) {
            Ok(Some(_ended)) => {}
            Ok(None) => return true,
            Err(_no_children) => return false,
        }
    }
}

/// Not for long: who is waited for may hang.
fn wait_until(mut is_so: impl FnMut() -> bool) {
    const PAUSE: Duration = Duration::from_millis(2);
    const MOST_PAUSES: u32 = 500;
    for _ in 0..MOST_PAUSES {
        if is_so() {
            return;
        }
        let _ = fd::poll([], Some(PAUSE));
    }
}

fn is_helper(proc: &Proc, number: Number) -> bool {
    proc.name(number, &mut [0; 32]) == channel::HELPER.to_bytes()
}

fn kill_child(pid: Pid) -> bool {
    process::is_child(pid) && process::kill(pid, signal::SIGKILL).is_ok()
}
