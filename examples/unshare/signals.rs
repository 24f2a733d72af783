//! `--forward-signals`: passes SIGINT and SIGTERM on to the program.

use std::process::ExitStatus;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use ns_test::{Command, SetupError};

/// Runs the program, and forwards each signal that this process receives.
pub(crate) fn forward_to(command: &mut Command) -> Result<ExitStatus, SetupError> {
    // How often to check whether the program has ended.
    const PAUSE: Duration = Duration::from_millis(20);
    let forwarded = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM]);
    // Blocked before the program starts: an early signal stays pending for it.
    let _ = forwarded.thread_block();
    let (sender, signals) = mpsc::channel();
    let mut child = command.spawn()?;
    // The thread waits until the process exits.
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
