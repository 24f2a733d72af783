//! Processes that outlive the body: who they are, and their end.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};

use crate::channel::result_page::ResultPage;
use crate::error::{At, Call, Failure, Step};
use crate::sys::file::Text;
use crate::sys::process::{self, Pid};
use crate::sys::{file, signal};

/// Init's hold on everything that descends from the body.
#[derive(Debug)]
pub(crate) struct LeftoverProcesses {
    /// In a pid namespace init can reach all others at once, and what it has not reached dies with it. Without one, orphans
    /// come to init because it is their subreaper.
    pid_namespace: bool,
    /// /proc as it was before the test could mount something over it. `None`: there is none.
    proc: Option<OwnedFd>,
}

impl LeftoverProcesses {
    /// Before the body is forked.
    pub(crate) fn prepare(pid_namespace: bool) -> Result<Self, Failure<'static>> {
        if !pid_namespace {
            process::become_subreaper().at(Step::Watch, Call::Prctl)?;
        }
        Ok(Self {
            pid_namespace,
            proc: file::handle(c"/proc").ok(),
        })
    }

    /// Writes down on the page who is still there, once the body has ended.
    pub(crate) fn name(&self, page: ResultPage) {
        if self.any_left() {
            let mut names = Names {
                page,
                left: MOST_NAMES,
            };
            self.for_each_child(c"thread-self/children", &mut |pid| {
                self.name_tree(pid, &mut names);
            });
        }
    }

    /// Writes down on the page under which name the body has ended, while it is not reaped.
    pub(crate) fn name_of(&self, body: Pid, page: ResultPage) {
        let mut name = [0; 32];
        page.write_name(
            self.read(of_process(body, &[b"comm"]).as_c_str(), &mut name)
                .trim_ascii_end(),
        );
    }

    /// Kills and reaps all that is left.
    pub(crate) fn end(&self) {
        while self.any_left() {
            let mut killed = false;
            let mut kill = |pid| killed |= process::kill(pid, signal::SIGKILL).is_ok();
            if self.pid_namespace {
                // All but the caller. What one of them forks meanwhile is caught by the next round.
                kill(-1);
            } else {
                self.for_each_child(c"thread-self/children", &mut kill);
            }
            if !killed {
                // Without /proc nobody can be found. Waiting for them would be waiting for ever.
                return;
            }
            let _ = process::wait_any(true);
        }
    }

    /// Reaps what has ended. When a process ends its children become init's before anyone can wait for it, so that "no
    /// children" means that nobody is left.
    fn any_left(&self) -> bool {
        loop {
            match process::wait_any(false) {
                Ok(Some(_ended)) => {}
                Ok(None) => return true,
                Err(_no_children) => return false,
            }
        }
    }

    fn name_tree(&self, pid: Pid, names: &mut Names) {
        if names.left == 0 {
            return;
        }
        names.left -= 1;
        let mut command = [0; 128];
        let mut command = self.read(of_process(pid, &[b"cmdline"]).as_c_str(), &mut command);
        let mut name = [0; 32];
        if command.is_empty() {
            // On its way into another program, or out.
            command = self
                .read(of_process(pid, &[b"comm"]).as_c_str(), &mut name)
                .trim_ascii_end();
        }
        names.page.write_leftover(pid, command);
        let mut digits = Text::<16>::new();
        digits.push_number(pid.unsigned_abs());
        let list = of_process(pid, &[b"task/", digits.as_bytes(), b"/children"]);
        self.for_each_child(list.as_c_str(), &mut |child| self.name_tree(child, names));
    }

    /// Calls `each` for every process of a `children` file (`proc_pid_task(5)`).
    fn for_each_child(&self, file: &CStr, each: &mut dyn FnMut(Pid)) {
        let mut list = [0; 2048];
        for word in self.read(file, &mut list).split(u8::is_ascii_whitespace) {
            let digits = std::str::from_utf8(word).unwrap_or_default();
            if let Ok(pid) = digits.parse() {
                each(pid);
            }
        }
    }

    fn read<'b>(&self, path: &CStr, into: &'b mut [u8]) -> &'b [u8] {
        let Some(proc) = &self.proc else { return &[] };
        file::read_at(proc.as_fd(), path, into).unwrap_or_default()
    }
}

/// How many more are named.
struct Names {
    page: ResultPage,
    left: usize,
}

/// A fork bomb has thousands: the report needs no more than these.
const MOST_NAMES: usize = 16;

/// `PID/` and the parts.
fn of_process(pid: Pid, parts: &[&[u8]]) -> Text<64> {
    let mut path = Text::new();
    path.push_number(pid.unsigned_abs());
    path.push(b"/");
    parts.iter().for_each(|part| path.push(part));
    path
}
