//! The line between a worker of the harness and its launcher: one order, one answer.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::error::{Call, SetupError, Step};
use crate::sys::{Errno, socket};

/// Harness to launcher: make this test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Which one of the table.
    pub(crate) test: u32,
    /// Whether its output goes through the pipe, or straight to the harness's own stdout and stderr.
    pub(crate) capture: bool,
}

/// Launcher to harness.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The test is on its way. Its output pipe hangs up once init has said all it has to say.
    Started { init: OwnedFd, output: OwnedFd },
    /// The kernel made no process.
    Refused { call: Call, errno: Errno },
    /// It was not even asked to: the page says why.
    Unprepared,
}

impl Order {
    pub(crate) fn send(self, line: BorrowedFd<'_>) -> Result<(), Errno> {
        let mut message = [0; 8];
        message[..4].copy_from_slice(&self.test.to_ne_bytes());
        message[4] = u8::from(self.capture);
        socket::send(line, &message, &[])
    }

    /// `None`: the harness is gone, or has no more tests.
    pub(crate) fn receive(line: BorrowedFd<'_>) -> Option<Self> {
        let mut message = [0; 8];
        let (length, _) = socket::receive(line, &mut message).ok()?;
        let test = u32::from_ne_bytes([message[0], message[1], message[2], message[3]]);
        (length == message.len()).then_some(Self {
            test,
            capture: message[4] == 1,
        })
    }
}

impl Answer {
    pub(crate) fn started(
        line: BorrowedFd<'_>,
        init: BorrowedFd<'_>,
        output: BorrowedFd<'_>,
    ) -> Result<(), Errno> {
        socket::send(line, &words(STARTED, 0, 0), &[init, output])
    }

    pub(crate) fn refused(line: BorrowedFd<'_>, call: Call, errno: Errno) -> Result<(), Errno> {
        socket::send(
            line,
            &words(REFUSED, call.number(), errno.number().unsigned_abs()),
            &[],
        )
    }

    pub(crate) fn unprepared(line: BorrowedFd<'_>) -> Result<(), Errno> {
        socket::send(line, &words(UNPREPARED, 0, 0), &[])
    }

    pub(crate) fn receive(line: BorrowedFd<'_>) -> Result<Self, SetupError> {
        let broken = |errno| {
            SetupError::new(Step::MakeNamespaces, Call::Read, errno).because("the launcher is gone")
        };
        let mut message = [0; 12];
        let (length, [first, second]) = socket::receive(line, &mut message).map_err(broken)?;
        if length != message.len() {
            return Err(broken(Errno::IO));
        }
        let word = |at: usize| {
            u32::from_ne_bytes([
                message[at],
                message[at + 1],
                message[at + 2],
                message[at + 3],
            ])
        };
        match (word(0), first, second, Call::from_number(word(4))) {
            (STARTED, Some(init), Some(output), _) => Ok(Self::Started { init, output }),
            (REFUSED, _, _, Some(call)) => Ok(Self::Refused {
                call,
                errno: Errno::from_number(i32::try_from(word(8)).unwrap_or(0)),
            }),
            (UNPREPARED, ..) => Ok(Self::Unprepared),
            _ => Err(broken(Errno::IO)),
        }
    }
}

const STARTED: u32 = 1;
const REFUSED: u32 = 2;
const UNPREPARED: u32 = 3;

fn words(kind: u32, first: u32, second: u32) -> [u8; 12] {
    let mut message = [0; 12];
    message[..4].copy_from_slice(&kind.to_ne_bytes());
    message[4..8].copy_from_slice(&first.to_ne_bytes());
    message[8..].copy_from_slice(&second.to_ne_bytes());
    message
}
