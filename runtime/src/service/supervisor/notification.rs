//! The messages that a service sends to `NOTIFY_SOCKET`: `sd_notify(3)`.

use std::os::fd::AsFd;

use super::Supervisor;
use crate::service::message::State;
use crate::sys::fd;

/// The maximum number of datagrams in one round.
const MOST_DATAGRAMS: usize = 64;

impl Supervisor {
    pub(super) fn read_notifications(&mut self) -> bool {
        let Some(notify) = &self.fds.notify else {
            return false;
        };
        let mut changed = false;
        for _ in 0..MOST_DATAGRAMS {
            match fd::read(notify.as_fd(), &mut self.buffer) {
                Ok(length) => {
                    apply(&self.buffer[..length], &mut self.life.state);
                    changed = true;
                }
                Err(_empty) => break,
            }
        }
        changed
    }

    /// Discards the messages of an earlier start.
    pub(super) fn discard_notifications(&mut self) {
        while self.read_notifications() {}
    }
}

/// Applies the known assignments; there is one on each line.
fn apply(datagram: &[u8], state: &mut State) {
    for line in datagram.split(|byte| *byte == b'\n') {
        if line == b"READY=1" {
            state.notified = true;
        } else if let Some(text) = line.strip_prefix(b"STATUS=") {
            state.set_status_text(text);
        } else if let Some(digits) = line.strip_prefix(b"EXTEND_TIMEOUT_USEC=") {
            let micros = std::str::from_utf8(digits)
                .ok()
                .and_then(|text| text.parse::<u64>().ok());
            state.extended_micros = state.extended_micros.saturating_add(micros.unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{State, apply};

    #[test]
    fn lines_are_assignments() {
        let mut state = State::default();
        apply(
            b"STATUS=replaying the log\nEXTEND_TIMEOUT_USEC=250",
            &mut state,
        );
        assert!(!state.notified);
        assert_eq!(state.status_text(), b"replaying the log");
        apply(b"READY=1\nEXTEND_TIMEOUT_USEC=nonsense\n", &mut state);
        assert!(state.notified);
        assert_eq!(state.extended_micros, 250);
    }

    #[test]
    fn other_words_are_not_readiness() {
        let mut state = State::default();
        apply(b"READY=0\nREADY=12\nXREADY=1\nSTOPPING=1", &mut state);
        assert!(!state.notified);
    }
}
