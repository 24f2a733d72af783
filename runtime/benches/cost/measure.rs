//! Measures one command: its wall time, the processor time of all its processes, the memory of its
//! largest one.

#![expect(
    unsafe_code,
    reason = "std waits for a child without saying what it used"
)]

use std::io;
use std::mem;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The resources that a command used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub(crate) wall: Duration,
    /// User and system time of the command and of all reaped descendants, as in `wait4(2)`. The
    /// time of kernel threads, which destroy namespaces, is not charged to any process.
    pub(crate) cpu: Duration,
    /// The largest resident set of one of them, in KiB.
    pub(crate) peak: i64,
}

/// Runs the command to its end. Its output goes to /dev/null without a buffer in between.
pub(crate) fn run(command: &mut Command) -> Result<Used, String> {
    let start = Instant::now();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    let (status, usage) = wait(child.id()).map_err(|error| error.to_string())?;
    let used = Used {
        wall: start.elapsed(),
        cpu: duration(usage.ru_utime) + duration(usage.ru_stime),
        peak: usage.ru_maxrss,
    };
    if status == 0 {
        Ok(used)
    } else {
        Err(last_words(command, status))
    }
}

fn wait(pid: u32) -> io::Result<(i32, libc::rusage)> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    let mut status = 0;
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: both outlive the call. The child is ours, and this is the only wait: its `Child`
    // never waits.
    let waited = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
    if waited == pid {
        Ok((status, usage))
    } else {
        Err(io::Error::last_os_error())
    }
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}

/// Returns the error output of a failed command. Runs the command once more to get it.
fn last_words(command: &mut Command, status: i32) -> String {
    let said = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .map(|output| [output.stdout, output.stderr].concat())
        .unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.ends_with("ok"))
        .take(12)
        .collect();
    format!("it ended with status {status:#x}: {}", lines.join(" | "))
}
