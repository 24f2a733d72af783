//! A /proc that the test cannot hide from init: opened before the test can mount over it.
//!
//! It may belong to another pid namespace, as after `unshare --pid --fork` without `--mount-proc`.
//! Its numbers are then pids of that namespace, not of init's. They serve to read names, and never
//! to send a signal.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use crate::channel::result_page::CpuTime;
use crate::sandbox::file;
use crate::sys::Text;
use crate::sys::fd;
use crate::sys::process::{self, Pid};

/// An open /proc directory. It is examined only when it is needed: most tests leave no process.
#[derive(Debug)]
pub(super) struct OpenProc(OwnedFd);

impl OpenProc {
    /// Opens /proc. `None`: none is mounted.
    pub(super) fn open() -> Option<Self> {
        file::handle(c"/proc").ok().map(Self)
    }

    /// Examines it. `None`: init is not in it.
    pub(super) fn examine(&self) -> Option<Proc<'_>> {
        let mut proc = Proc {
            root: self.0.as_fd(),
            is_own: false,
        };
        let own = leading_number(proc.read(c"self/stat", &mut [0; 64])?)?;
        proc.is_own = own == process::getpid();
        Some(proc)
    }
}

/// A /proc that init is in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proc<'a> {
    root: BorrowedFd<'a>,
    /// Whether its numbers are pids in init's pid namespace.
    is_own: bool,
}

/// A process's number in this /proc: the name of its directory.
pub(super) type Number = Pid;

impl Proc<'_> {
    /// Returns the number of a child of init.
    pub(super) fn number_of_child(&self, pid: Pid) -> Option<Number> {
        if self.is_own {
            return Some(pid);
        }
        let mut found = None;
        self.for_each_child(c"thread-self/children", &mut |number| {
            if self.innermost_pid(number) == Some(pid) {
                found = Some(number);
            }
        });
        found
    }

    /// Returns the pid to report for a process: in init's pid namespace, or else in the process's
    /// own.
    pub(super) fn pid(&self, number: Number) -> Option<Pid> {
        if self.is_own {
            Some(number)
        } else {
            self.innermost_pid(number)
        }
    }

    /// Reads the current name of a process.
    pub(super) fn name<'b>(&self, number: Number, into: &'b mut [u8]) -> &'b [u8] {
        let comm = self.read(path_of(number, &[b"comm"]).as_c_str(), into);
        comm.unwrap_or_default().trim_ascii_end()
    }

    /// Reads the arguments of a process, separated by NUL. Empty while it executes a program or
    /// exits.
    pub(super) fn command_line<'b>(&self, number: Number, into: &'b mut [u8]) -> &'b [u8] {
        let line = self.read(path_of(number, &[b"cmdline"]).as_c_str(), into);
        line.unwrap_or_default()
    }

    /// Returns the hard limit of a process's processor time, and what it has used, if the kernel
    /// may have killed it for that.
    pub(super) fn cpu_time_near_limit(&self, number: Number) -> Option<CpuTime> {
        let mut limits = [0; 2048];
        let limits = self.read(path_of(number, &[b"limits"]).as_c_str(), &mut limits)?;
        let mut lines = limits.split(|byte| *byte == b'\n');
        let line = lines.find_map(|line| line.strip_prefix(b"Max cpu time"))?;
        let [_soft, hard] = numbers(line, 0);
        let (limit, used) = (Duration::from_secs(hard?.into()), self.cpu_time(number)?);
        // For the limit the kernel counts whole ticks. In /proc it shows exact times, which differ.
        (used >= limit / 2).then_some(CpuTime { limit, used })
    }

    /// Returns the processor time of a process: `utime` and `stime` of `proc_pid_stat(5)`.
    fn cpu_time(&self, number: Number) -> Option<Duration> {
        /// The length of a tick in these files (`USER_HZ`), on all architectures that std supports.
        const TICK: Duration = Duration::from_millis(10);
        let mut stat = [0; 1024];
        let stat = self.read(path_of(number, &[b"stat"]).as_c_str(), &mut stat)?;
        // Behind the name, which can hold any byte but NUL.
        let name_end = stat.iter().rposition(|byte| *byte == b')')?;
        let [user, system] = numbers(&stat[name_end + 1..], 11);
        TICK.checked_mul(user?.checked_add(system?)?)
    }

    /// Calls `each` for every child of the calling thread.
    pub(super) fn for_each_own_child(&self, each: &mut dyn FnMut(Number)) {
        self.for_each_child(c"thread-self/children", each);
    }

    /// Calls `each` for every child of the first thread of a process.
    pub(super) fn for_each_child_of(&self, number: Number, each: &mut dyn FnMut(Number)) {
        let mut digits = Text::<16>::new();
        digits.push_number(number.unsigned_abs());
        let list = path_of(number, &[b"task/", digits.as_bytes(), b"/children"]);
        self.for_each_child(list.as_c_str(), each);
    }

    /// Reads a `children` file (`proc_pid_task(5)`) to its end. A number counts only with the space
    /// after it, since a truncated number is another process's.
    fn for_each_child(&self, list: &CStr, each: &mut dyn FnMut(Number)) {
        let Ok(list) = fd::open_at(self.root, list, fd::READ) else {
            return;
        };
        let mut buffer = [0; 512];
        let mut number: Option<Number> = None;
        while let Ok(length @ 1..) = fd::read(list.as_fd(), &mut buffer) {
            for byte in &buffer[..length] {
                number = match (byte, number) {
                    (b'0'..=b'9', before) => {
                        let digit = Number::from(byte - b'0');
                        Some(before.unwrap_or(0).saturating_mul(10).saturating_add(digit))
                    }
                    (_, Some(whole)) => {
                        each(whole);
                        None
                    }
                    (_, None) => None,
                };
            }
        }
    }

    /// Returns the pid of a process in the process's own pid namespace.
    fn innermost_pid(&self, number: Number) -> Option<Pid> {
        const KEY: &[u8] = b"NSpid:";
        let mut status = [0; 2048];
        let status = self.read(path_of(number, &[b"status"]).as_c_str(), &mut status)?;
        let mut lines = status.split(|byte| *byte == b'\n');
        let line = lines.find_map(|line| line.strip_prefix(KEY))?;
        leading_number(line.rsplit(u8::is_ascii_whitespace).next()?)
    }

    fn read<'b>(&self, path: &CStr, into: &'b mut [u8]) -> Option<&'b [u8]> {
        file::read_at(self.root, path, into).ok()
    }
}

/// Returns two adjacent words as numbers. `None`: the word is not a number.
fn numbers(line: &[u8], first: usize) -> [Option<u32>; 2] {
    let words = line.split(u8::is_ascii_whitespace);
    let mut words = words.filter(|word| !word.is_empty()).skip(first);
    let mut next = || std::str::from_utf8(words.next()?).ok()?.parse().ok();
    [next(), next()]
}

fn leading_number(text: &[u8]) -> Option<Number> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    let digits = &text[..end.unwrap_or(text.len())];
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Returns `NUMBER/` followed by the parts.
fn path_of(number: Number, parts: &[&[u8]]) -> Text<64> {
    let mut path = Text::new();
    path.push_number(number.unsigned_abs());
    path.push(b"/");
    parts.iter().for_each(|part| path.push(part));
    path
}
