//! Processes that outlive the body: finding them, and ending them.
//!
//! Init sends signals only to its own children, and only if `wait(2)` confirms that they are. Only
//! init reaps them, so that a child's pid cannot pass to another process in between. Numbers in
//! /proc are only hints where to look. Sooner or later all descendants become children of init,
//! since init is their subreaper, or PID 1.

use std::time::Duration;

use nix::sys::prctl;

use crate::channel;
use crate::channel::result_page::ResultPage;
use crate::error::{At, Call, Failure, Step};
use crate::sys::process::{self, Pid};
use crate::sys::{fd, signal};

use super::proc::{Number, OpenProc, Proc};

/// Init's means to find and end all descendants of the body.
#[derive(Debug)]
pub(crate) struct LeftoverProcesses {
    /// As PID 1, init can signal all other processes at once, and the kernel kills those that are
    /// left when init exits.
    is_pid_1: bool,
    /// `None`: init tries all pids, one after the other.
    proc: Option<OpenProc>,
}

impl LeftoverProcesses {
    /// Prepares while the host's root is visible, because the sandbox's root may have no /proc.
    pub(crate) fn before_entering(has_pid_namespace: bool) -> Self {
        let is_pid_1 = has_pid_namespace && process::getpid() == 1;
        Self {
            is_pid_1,
            proc: if is_pid_1 { None } else { OpenProc::open() },
        }
    }

    /// Prepares the rest in the sandbox, before the body is forked.
    pub(crate) fn prepare(&mut self) -> Result<(), Failure<'static>> {
        if self.is_pid_1 {
            // The sandbox has a /proc for this pid namespace.
            self.proc = OpenProc::open();
            return Ok(());
        }
        prctl::set_child_subreaper(true).at(Step::Watch, Call::Prctl)
    }

    fn proc(&self) -> Option<Proc<'_>> {
        self.proc.as_ref().and_then(OpenProc::examine)
    }

    /// Reports whether processes are left after the body ended, and which.
    pub(crate) fn report(&self, page: ResultPage) {
        if !any_left() {
            return;
        }
        self.let_helpers_end();
        self.report_children(page, |_| true);
        if any_left() {
            page.write_has_leftovers();
        }
    }

    /// Reports the children of init with these pids, and their descendants. A process that exits
    /// meanwhile and has no name was already exiting.
    fn report_children(&self, page: ResultPage, counts: impl Fn(Pid) -> bool) {
        let mut names = Names {
            page,
            left: MOST_NAMES,
        };
        match &self.proc() {
            Some(proc) => proc.for_each_own_child(&mut |number| {
                if proc.pid(number).is_none_or(&counts) {
                    names.write_tree(proc, number);
                }
            }),
            None => self.for_each_tried_child(&mut |pid| {
                if counts(pid) {
                    names.write(pid, b"");
                }
                names.left > 0
            }),
        }
        if names.left < MOST_NAMES {
            page.write_has_leftovers();
        }
    }

    /// Reports what /proc shows of a body that has ended, before it is reaped. That is the name
    /// under which it exited, and its processor time if the hard limit may have ended it.
    pub(crate) fn report_end_of(&self, body: Pid, page: ResultPage) {
        let Some(proc) = self.proc() else { return };
        let Some(number) = proc.number_of_child(body) else {
            return;
        };
        page.write_name(proc.name(number, &mut [0; 32]));
        if let Some(time) = proc.cpu_time_near_limit(number) {
            page.write_cpu_time(time);
        }
    }

    /// Ends the process that traces a body that has ended: init can't reap the body before the
    /// tracer has waited for it.
    pub(crate) fn end_tracer(&self, body: Pid, page: ResultPage) {
        // Most tracers wait at once. One from outside the sandbox can only be waited for.
        wait_until(|| process::has_ended(body));
        if process::has_ended(body) {
            return;
        }
        self.report_children(page, |pid| pid != body);
        self.kill_all();
    }

    /// Kills the body, which is not reaped yet, and gives its helpers time to report.
    pub(crate) fn end_body(&self, body: Pid) {
        let _ = process::kill(body, signal::SIGKILL);
        // Only then are its children init's children.
        wait_until(|| process::has_ended(body));
        self.let_helpers_end();
    }

    /// Waits for the helpers that serve the test's process and report when that is gone.
    fn let_helpers_end(&self) {
        let Some(proc) = self.proc() else { return };
        wait_until(|| {
            let mut any = false;
            proc.for_each_own_child(&mut |number| any |= is_helper(&proc, number));
            // Reaps those that have exited, so that they no longer count as children.
            !any || !any_left()
        });
    }

    /// Kills and reaps all processes that are left. Returns earlier only if the kernel hides some
    /// of them.
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

    /// Kills the processes it finds, and returns whether it found any. The next round finds the
    /// children that they fork meanwhile.
    fn kill_all(&self) -> bool {
        if self.is_pid_1 {
            // Signals all processes of the namespace except the caller.
            return process::kill(-1, signal::SIGKILL).is_ok();
        }
        let mut any = false;
        if let Some(proc) = self.proc() {
            proc.for_each_own_child(&mut |pid| any |= kill_child(pid));
        }
        if !any {
            // There is no /proc, or its numbers belong to another pid namespace.
            self.for_each_tried_child(&mut |pid| {
                any |= kill_child(pid);
                true
            });
        }
        any
    }

    /// Calls `each` for every child as long as it returns `true`. Finds them by calling `wait` for
    /// every possible pid. A call for a pid that is not a child's takes a tenth of a microsecond.
    fn for_each_tried_child(&self, each: &mut dyn FnMut(Pid) -> bool) {
        let last = if self.is_pid_1 {
            LAST_PID_INSIDE
        } else {
            LAST_PID
        };
        // The kernel assigns pids upwards, and wraps around at the maximum.
        let own = process::getpid();
        for pid in (own..=last).chain(1..own) {
            if process::is_child(pid) && !each(pid) {
                return;
            }
        }
    }
}

/// The names that are written to the result page.
struct Names {
    page: ResultPage,
    /// How many more names fit.
    left: usize,
}

impl Names {
    fn write_tree(&mut self, proc: &Proc<'_>, number: Number) {
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

/// The maximum number of named processes. A fork bomb has thousands, and the report needs no more
/// than these.
const MOST_NAMES: usize = 16;

/// The number of rounds without a child after which init gives up.
const MOST_FRUITLESS: u32 = 3;

/// `PID_MAX_LIMIT` of include/linux/threads.h.
const LAST_PID: Pid = 4 << 20;

/// The limit in a pid namespace that holds only one test's processes.
const LAST_PID_INSIDE: Pid = 1 << 16;

/// Reaps the exited children and returns whether any are left. When a process exits, its children
/// become init's before any process can wait for it. So "no children" means that none is left.
fn any_left() -> bool {
    loop {
        match process::wait_any(false) {
            Ok(Some(_ended)) => {}
            Ok(None) => return true,
            Err(_no_children) => return false,
        }
    }
}

/// Waits briefly for a condition. The wait is bounded, because the other process may hang.
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

fn is_helper(proc: &Proc<'_>, number: Number) -> bool {
    proc.name(number, &mut [0; 32]) == channel::HELPER.to_bytes()
}

fn kill_child(pid: Pid) -> bool {
    process::is_child(pid) && process::kill(pid, signal::SIGKILL).is_ok()
}
