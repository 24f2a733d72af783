//! `--forward-signals`: SIGINT and SIGTERM go to the program.

use std::process::ExitStatus;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use ns_test::{Command, SetupError};

/// Runs the program, and sends it each signal that this process receives.
pub(crate) fn forward_to(command: &mut Command) -> Result<ExitStatus, SetupError> {
    // How soon the end of the program is seen.
    const PAUSE: Duration = Duration::from_millis(20);
    let forwarded = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM]);
    // Before the program starts: a signal that comes now is kept for it.
    let _ = forwarded.thread_block();
    let (sender, signals) = mpsc::channel();
    let mut child = command.spawn()?;
    // It waits for ever: the end of the process ends it.
    thread::spawn(move || {
        while let Ok(signal) = forwarded.wait() {
            if sender.send(signal).is_err() {
                return;
            }
        }
    });
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Ok(signal) = signals.recv_timeout(PAUSE) {
            child.signal(signal as i32)?;
        }
    }
}
