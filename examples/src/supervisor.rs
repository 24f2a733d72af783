//! A supervisor: starts services, and reaps whatever ends below it, the orphans of its services too.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// Starts services and waits for all of them.
#[derive(Debug)]
pub struct Supervisor {
    services: Vec<u32>,
}

/// How it went.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The services' exit statuses, as they ended.
    pub services: Vec<ExitStatus>,
    /// How many other processes it has reaped: those that services left behind.
    pub orphans: usize,
}

impl Supervisor {
    /// Makes the calling process the one that orphans below it go to.
    ///
    /// # Errors
    /// `EINVAL` from a kernel older than 3.4.
    pub fn new() -> io::Result<Self> {
        #[expect(unsafe_code, reason = "std has no prctl")]
        // SAFETY: takes no pointers.
        let result = unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) };
        match result {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(Self {
                services: Vec::new(),
            }),
        }
    }

    /// Starts a service.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn start(&mut self, service: &mut Command) -> io::Result<()> {
        self.services.push(service.spawn()?.id());
        Ok(())
    }

    /// Reaps until nothing is left.
    ///
    /// # Errors
    /// What waitpid(2) says, but for the end of all children.
    pub fn run(self) -> io::Result<Report> {
        let mut report = Report::default();
        while let Some((pid, status)) = wait_for_anyone()? {
            if self.services.contains(&pid) {
                report.services.push(status);
            } else {
                report.orphans += 1;
            }
        }
        Ok(report)
    }
}

/// The next child that ends, whoever started it. `None`: there are no children.
fn wait_for_anyone() -> io::Result<Option<(u32, ExitStatus)>> {
    let mut status = 0;
    #[expect(unsafe_code, reason = "std waits for one child at a time")]
    // SAFETY: the status outlives the call.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, 0) };
    match u32::try_from(pid) {
        Ok(pid) => Ok(Some((pid, ExitStatus::from_raw(status)))),
        Err(_) => match io::Error::last_os_error() {
            error if error.raw_os_error() == Some(libc::ECHILD) => Ok(None),
            error if error.kind() == ErrorKind::Interrupted => wait_for_anyone(),
            error => Err(error),
        },
    }
}
