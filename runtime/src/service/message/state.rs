//! The state of a service, as the supervisor sends it to the test.

use crate::sys::process::Pid;
use std::process::ExitStatus;

/// How many log texts one service can wait for.
pub(in crate::service) const MOST_TEXTS: usize = 8;
/// How much of a `STATUS=` text is kept.
pub(in crate::service) const STATUS_TEXT: usize = 200;

/// The state of the service.
#[derive(Clone, Copy, Debug)]
pub(in crate::service) struct State {
    /// The main process; 0 before the first start.
    pub(in crate::service) pid: Pid,
    /// How the main process ended; `None` while it runs.
    pub(in crate::service) ended: Option<ExitStatus>,
    /// The program exited with status 0 and left a process, which is now the main process.
    pub(in crate::service) forked: bool,
    /// Whether `READY=1` has arrived.
    pub(in crate::service) notified: bool,
    /// Whether the kernel's out-of-memory killer was active before a SIGKILL. `None`: unknown, or
    /// another end.
    pub(in crate::service) out_of_memory: Option<bool>,
    /// The sum of `EXTEND_TIMEOUT_USEC`.
    pub(in crate::service) extended_micros: u64,
    /// How often each log text has occurred.
    pub(in crate::service) counts: [u32; MOST_TEXTS],
    pub(in crate::service) status_text: [u8; STATUS_TEXT],
    pub(in crate::service) status_length: u8,
}

impl Default for State {
    fn default() -> Self {
        Self {
            pid: 0,
            ended: None,
            forked: false,
            notified: false,
            out_of_memory: None,
            extended_micros: 0,
            counts: [0; MOST_TEXTS],
            status_text: [0; STATUS_TEXT],
            status_length: 0,
        }
    }
}

impl State {
    pub(in crate::service) fn is_running(&self) -> bool {
        self.pid != 0 && self.ended.is_none()
    }

    pub(in crate::service) fn status_text(&self) -> &[u8] {
        let length = usize::from(self.status_length).min(STATUS_TEXT);
        &self.status_text[..length]
    }

    pub(in crate::service) fn set_status_text(&mut self, text: &[u8]) {
        let length = text.len().min(STATUS_TEXT);
        self.status_text[..length].copy_from_slice(&text[..length]);
        self.status_length = u8::try_from(length).unwrap_or(0);
    }
}
