//! The protocol between a test and a supervisor: fixed-size messages over a `SOCK_SEQPACKET` pair.
//!
//! Encoding allocates nothing: the supervisor is a clone of a process that may have threads.

use crate::sys::Errno;
use crate::sys::process::{Pid, WaitStatus};

/// How many log texts one service can wait for.
pub(super) const MOST_TEXTS: usize = 8;
/// How much of a `STATUS=` text is kept.
pub(super) const STATUS_TEXT: usize = 200;
/// The longest message, a [`Reply`] to [`Request::LastLines`].
pub(super) const LONGEST: usize = 24 * 1024;

/// A request of the test. Each request has one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Return the state unchanged.
    State,
    /// Kill the remaining processes and start the program.
    Start,
    /// Send a signal to the main process.
    Signal(i32),
    /// Send a signal to the main process, and expect the exit that follows.
    Stop(i32),
    /// Kill the whole tree.
    Kill,
    /// Whether the test waits for the service, and so reports an exit itself.
    Waiting(bool),
    /// The test has reported the exit.
    Reported,
    /// Return the last lines of output. The answer is bare text.
    LastLines,
    /// Kill the whole tree and exit. The supervisor's exit is the answer.
    Quit,
}

impl Request {
    pub(super) fn encode(self) -> [u8; 5] {
        let (code, argument) = match self {
            Self::State => (0, 0),
            Self::Start => (1, 0),
            Self::Signal(number) => (2, number),
            Self::Stop(number) => (3, number),
            Self::Kill => (4, 0),
            Self::Waiting(waits) => (5, i32::from(waits)),
            Self::LastLines => (6, 0),
            Self::Quit => (7, 0),
            Self::Reported => (8, 0),
        };
        let [a, b, c, d] = argument.to_le_bytes();
        [code, a, b, c, d]
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let &[code, a, b, c, d] = bytes else {
            return None;
        };
        let argument = i32::from_le_bytes([a, b, c, d]);
        Some(match code {
            0 => Self::State,
            1 => Self::Start,
            2 => Self::Signal(argument),
            3 => Self::Stop(argument),
            4 => Self::Kill,
            5 => Self::Waiting(argument != 0),
            6 => Self::LastLines,
            7 => Self::Quit,
            8 => Self::Reported,
            _ => return None,
        })
    }
}

/// The step at which a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartStep {
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

    pub(super) fn code(self) -> u8 {
        Self::ALL
            .iter()
            .zip(0..)
            .find_map(|(step, code)| (*step == self).then_some(code))
            .unwrap_or(0)
    }

    pub(super) fn from_code(code: u8) -> Self {
        Self::ALL
            .get(usize::from(code))
            .copied()
            .unwrap_or(Self::Fork)
    }
}

/// The result of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Outcome {
    #[default]
    Done,
    /// A signal could not be sent.
    NotSent(Errno),
    NotStarted(StartStep, Errno),
}

/// The state of the service.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    /// The main process; 0 before the first start.
    pub(super) pid: Pid,
    /// How the main process ended; `None` while it runs.
    pub(super) ended: Option<WaitStatus>,
    /// The program exited with status 0 and left a process, which is now the main process.
    pub(super) forked: bool,
    /// Whether `READY=1` has arrived.
    pub(super) notified: bool,
    /// Whether the kernel's out-of-memory killer was active at the end.
    pub(super) out_of_memory: bool,
    /// The sum of `EXTEND_TIMEOUT_USEC`.
    pub(super) extended_micros: u64,
    /// How often each log text has occurred.
    pub(super) counts: [u32; MOST_TEXTS],
    pub(super) status_text: [u8; STATUS_TEXT],
    pub(super) status_length: u8,
}

impl Default for State {
    fn default() -> Self {
        Self {
            pid: 0,
            ended: None,
            forked: false,
            notified: false,
            out_of_memory: false,
            extended_micros: 0,
            counts: [0; MOST_TEXTS],
            status_text: [0; STATUS_TEXT],
            status_length: 0,
        }
    }
}

impl State {
    pub(super) fn is_running(&self) -> bool {
        self.pid != 0 && self.ended.is_none()
    }

    pub(super) fn status_text(&self) -> &[u8] {
        let length = usize::from(self.status_length).min(STATUS_TEXT);
        &self.status_text[..length]
    }

    pub(super) fn set_status_text(&mut self, text: &[u8]) {
        let length = text.len().min(STATUS_TEXT);
        self.status_text[..length].copy_from_slice(&text[..length]);
        self.status_length = u8::try_from(length).unwrap_or(0);
    }
}

const HEAD: usize = 6 + 4 + 5 + 3 + 8 + 4 * MOST_TEXTS + 1;

/// The size of an encoded reply.
pub(super) const REPLY: usize = HEAD + STATUS_TEXT;

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

pub(super) fn encode_reply(outcome: Outcome, state: &State) -> [u8; REPLY] {
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
    to.put(&state.ended.map_or(0, |status| status.0).to_le_bytes());
    to.put(&[state.forked, state.notified, state.out_of_memory].map(u8::from));
    to.put(&state.extended_micros.to_le_bytes());
    for count in state.counts {
        to.put(&count.to_le_bytes());
    }
    to.put(&[state.status_length]);
    to.put(&state.status_text);
    to.bytes
}

pub(super) fn decode_reply(bytes: &[u8]) -> (Outcome, State) {
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
    let status = WaitStatus(from.number());
    let [forked, notified, out_of_memory] = from.take::<3>().map(|flag| flag != 0);
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
    use super::{Outcome, Request, StartStep, State, decode_reply, encode_reply};
    use crate::sys::Errno;
    use crate::sys::process::WaitStatus;

    #[test]
    fn requests_come_back() {
        let all = [
            Request::State,
            Request::Start,
            Request::Signal(-5),
            Request::Stop(15),
            Request::Kill,
            Request::Waiting(true),
            Request::Waiting(false),
            Request::Reported,
            Request::LastLines,
            Request::Quit,
        ];
        for request in all {
            assert_eq!(Request::decode(&request.encode()), Some(request));
        }
        assert_eq!(Request::decode(&[99, 0, 0, 0, 0]), None);
        assert_eq!(Request::decode(&[]), None);
    }

    #[test]
    fn replies_come_back() {
        let mut state = State {
            pid: 7,
            ended: Some(WaitStatus(256)),
            notified: true,
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
