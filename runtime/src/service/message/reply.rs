//! What the supervisor answers.

use super::state::{MOST_TEXTS, STATUS_TEXT, State};
use crate::sys::Errno;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// The byte on the bell: something that the test may wait for has changed.
pub(in crate::service) const CHANGED: &[u8] = b"!";

/// The longest message, the answer to [`Request::LastLines`](super::Request::LastLines).
pub(in crate::service) const LONGEST: usize = 24 * 1024;

/// The step at which a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum StartStep {
    Fork,
    Descriptors,
    Directory,
    Execute,
}

impl StartStep {
    const ALL: [Self; 4] = [
        Self::Fork,
        Self::Descriptors,
        Self::Directory,
        Self::Execute,
    ];

    pub(in crate::service) fn code(self) -> u8 {
        Self::ALL
            .iter()
            .zip(0..)
            .find_map(|(step, code)| (*step == self).then_some(code))
            .unwrap_or(0)
    }

    pub(in crate::service) fn from_code(code: u8) -> Self {
        Self::ALL
            .get(usize::from(code))
            .copied()
            .unwrap_or(Self::Fork)
    }
}

/// The result of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::service) enum Outcome {
    #[default]
    Done,
    /// A signal could not be sent.
    NotSent(Errno),
    NotStarted(StartStep, Errno),
}

const HEAD: usize = 6 + 4 + 5 + 3 + 8 + 4 * MOST_TEXTS + 1;

/// The size of an encoded reply.
pub(in crate::service) const REPLY: usize = HEAD + STATUS_TEXT;

/// Writes numbers one after the other.
struct Writer {
    bytes: [u8; REPLY],
    at: usize,
}

impl Writer {
    fn put(&mut self, more: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.at..self.at + more.len()) {
            place.copy_from_slice(more);
        }
        self.at += more.len();
    }
}

/// Reads them back. A short message reads as zeroes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const COUNT: usize>(&mut self) -> [u8; COUNT] {
        let mut bytes = [0; COUNT];
        if let Some((first, rest)) = self.0.split_at_checked(COUNT) {
            bytes.copy_from_slice(first);
            self.0 = rest;
        }
        bytes
    }

    fn byte(&mut self) -> u8 {
        self.take::<1>()[0]
    }

    fn number(&mut self) -> i32 {
        i32::from_le_bytes(self.take())
    }
}

pub(in crate::service) fn encode_reply(outcome: Outcome, state: &State) -> [u8; REPLY] {
    let mut to = Writer {
        bytes: [0; REPLY],
        at: 0,
    };
    let (kind, step, errno) = match outcome {
        Outcome::Done => (0, 0, 0),
        Outcome::NotSent(errno) => (1, 0, errno.number()),
        Outcome::NotStarted(step, errno) => (2, step.code(), errno.number()),
    };
    to.put(&[kind, step]);
    to.put(&errno.to_le_bytes());
    to.put(&state.pid.to_le_bytes());
    to.put(&[u8::from(state.ended.is_some())]);
    to.put(&state.ended.map_or(0, ExitStatusExt::into_raw).to_le_bytes());
    to.put(&[state.forked, state.notified].map(u8::from));
    to.put(&[state.out_of_memory.map_or(0, |known| 1 + u8::from(known))]);
    to.put(&state.extended_micros.to_le_bytes());
    for count in state.counts {
        to.put(&count.to_le_bytes());
    }
    to.put(&[state.status_length]);
    to.put(&state.status_text);
    to.bytes
}

pub(in crate::service) fn decode_reply(bytes: &[u8]) -> (Outcome, State) {
    let mut from = Reader(bytes);
    let (kind, step) = (from.byte(), from.byte());
    let errno = Errno::from_number(from.number());
    let outcome = match kind {
        0 => Outcome::Done,
        1 => Outcome::NotSent(errno),
        _ => Outcome::NotStarted(StartStep::from_code(step), errno),
    };
    let pid = from.number();
    let has_ended = from.byte() != 0;
    let status = ExitStatus::from_raw(from.number());
    let [forked, notified] = from.take::<2>().map(|flag| flag != 0);
    let out_of_memory = match from.byte() {
        0 => None,
        known => Some(known == 2),
    };
    let extended_micros = u64::from_le_bytes(from.take());
    let mut counts = [0; MOST_TEXTS];
    for count in &mut counts {
        *count = u32::from_le_bytes(from.take());
    }
    let status_length = from.byte();
    let state = State {
        pid,
        ended: has_ended.then_some(status),
        forked,
        notified,
        out_of_memory,
        extended_micros,
        counts,
        status_text: from.take(),
        status_length,
    };
    (outcome, state)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::{Outcome, StartStep, State, decode_reply, encode_reply};
    use crate::sys::Errno;

    #[test]
    fn replies_come_back() {
        let mut state = State {
            pid: 7,
            ended: Some(ExitStatus::from_raw(256)),
            notified: true,
            out_of_memory: Some(false),
            extended_micros: 1 << 40,
            counts: [1, 2, 3, 4, 5, 6, 7, 8],
            ..State::default()
        };
        state.set_status_text(&[b'x'; 300]);
        let outcome = Outcome::NotStarted(StartStep::Directory, Errno::NOENT);
        let (outcome_back, back) = decode_reply(&encode_reply(outcome, &state));
        assert_eq!(outcome_back, outcome);
        assert_eq!(format!("{back:?}"), format!("{state:?}"));
        assert_eq!(back.status_text().len(), 200);
    }
}
