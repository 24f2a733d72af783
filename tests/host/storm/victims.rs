//! The processes of one run, and signals that reach no other process. Each signal goes through a
//! pidfd that was opened before the process was identified as part of the run.

use std::fs;
use std::path::PathBuf;

use ns_test_suite::raw::Pidfd;

/// A process of the run.
#[derive(Debug)]
pub(crate) struct Victim {
    pidfd: Pidfd,
    /// Whether it has no user namespace of its own: a launcher or the fork server. Every test has
    /// one.
    pub(crate) is_lasting: bool,
}

/// Returns the processes with this word in their environment, except the harness itself.
pub(crate) fn of_run(mark: &str, harness: u32) -> Vec<u32> {
    ns_test_suite::host::processes_with(mark)
        .into_iter()
        .filter(|pid| *pid != harness)
        .collect()
}

impl Victim {
    /// Opens a process of the run. `None`: it has ended, or another process has its pid by now.
    pub(crate) fn open(pid: u32, mark: &str, harness: u32) -> Option<Self> {
        let pidfd = Pidfd::open(pid).ok()?;
        let directory = PathBuf::from(format!("/proc/{pid}"));
        let environment = fs::read(directory.join("environ")).ok()?;
        let namespace = |pid: u32| fs::read_link(format!("/proc/{pid}/ns/user")).ok();
        let is_lasting = namespace(pid)? == namespace(harness)?;
        let is_of_run = environment
            .split(|byte| *byte == 0)
            .any(|variable| variable.ends_with(mark.as_bytes()));
        // The data belongs to this process only if it has not been reaped meanwhile.
        (is_of_run && pidfd.signal(0).is_ok()).then_some(Self { pidfd, is_lasting })
    }

    pub(crate) fn signal(&self, signal: i32) {
        // The process may have ended.
        let _ = self.pidfd.signal(signal);
    }
}
