//! A supervisor: starts services and reaps every process that ends below it, including orphans of
//! its services.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// Starts services and waits for all of them.
#[derive(Debug)]
pub struct Supervisor {
    services: Vec<u32>,
}

/// The result of a supervised run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The services' exit statuses, in the order in which they ended.
    pub services: Vec<ExitStatus>,
    /// The number of other processes reaped: those that services left behind.
    pub orphans: usize,
}

impl Supervisor {
    /// Makes the calling process the new parent of orphans below it.
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

    /// Reaps children until none is left.
    ///
    /// # Errors
    /// Any error of waitpid(2) except ECHILD.
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

/// Returns the next child that ends, whichever process started it. `None`: there are no children.
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
