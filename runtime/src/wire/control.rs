//! The line between a worker of the harness and its launcher: one order, one answer, each of five words.
//!
//! An answer has the number of its order. An init that is killed may have answered or not, so that its launcher answers as well:
//! what comes twice is told by its number from the answer to the next order.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::error::{Call, SetupError, Step};
use crate::sys::{Errno, socket};

/// Harness to launcher: make this test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// No two orders have the same.
    pub(crate) number: u32,
    /// Which one of the table.
    pub(crate) test: u32,
    /// Whether its output goes through the pipe, or straight to the harness's own stdout and stderr.
    pub(crate) capture: bool,
    /// Whether its sandbox is to last, when it has ended, until init is called.
    pub(crate) hold: bool,
}

/// Launcher to harness.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The test is on its way. Its output pipe hangs up once init has said all it has to say.
    Started { init: OwnedFd, output: OwnedFd },
    /// The kernel made no process.
    Refused(Refusal),
    /// It was not even asked to: the page says why.
    Unprepared,
}

/// Why there is no process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) call: Call,
    pub(crate) errno: Errno,
    /// The namespaces that it was to have, as `clone(2)` counts them.
    pub(crate) namespaces: u32,
}

/// An order as the launcher has it.
#[derive(Debug)]
pub(crate) struct Ordered {
    pub(crate) order: Order,
    /// The harness's own stdout and stderr, where the launcher has not inherited them.
    pub(crate) streams: [Option<OwnedFd>; 2],
}

impl Order {
    pub(crate) fn send(
        self,
        line: BorrowedFd<'_>,
        streams: &[BorrowedFd<'_>],
    ) -> Result<(), Errno> {
        send(
            line,
            [
                self.number,
                self.test,
                u32::from(self.capture),
                u32::from(self.hold),
                0,
            ],
            streams,
        )
    }
}

impl Ordered {
    /// `None`: the harness is gone, or has no more tests.
    pub(crate) fn receive(line: BorrowedFd<'_>) -> Option<Self> {
        let ([number, test, capture, hold, _], streams) = receive(line).ok()?;
        let order = Order {
            number,
            test,
            capture: capture == 1,
            hold: hold == 1,
        };
        Some(Self { order, streams })
    }
}

impl Answer {
    pub(crate) fn started(
        line: BorrowedFd<'_>,
        number: u32,
        init: BorrowedFd<'_>,
        output: BorrowedFd<'_>,
    ) -> Result<(), Errno> {
        send(line, [number, STARTED, 0, 0, 0], &[init, output])
    }

    pub(crate) fn refused(
        line: BorrowedFd<'_>,
        number: u32,
        refusal: Refusal,
    ) -> Result<(), Errno> {
        let Refusal {
            call,
            errno,
            namespaces,
        } = refusal;
        send(
            line,
            [
                number,
                REFUSED,
                call.number(),
                errno.number().unsigned_abs(),
                namespaces,
            ],
            &[],
        )
    }

    pub(crate) fn unprepared(line: BorrowedFd<'_>, number: u32) -> Result<(), Errno> {
        send(line, [number, UNPREPARED, 0, 0, 0], &[])
    }

    /// The answer to the order of this number.
    pub(crate) fn receive(line: BorrowedFd<'_>, number: u32) -> Result<Self, SetupError> {
        let broken = |errno| {
            SetupError::new(Step::MakeNamespaces, Call::Read, errno).because("the launcher is gone")
        };
        let ([kind, call, errno, namespaces], fds) = loop {
            let ([answered, words @ ..], fds) = receive(line).map_err(broken)?;
            if answered == number {
                break (words, fds);
            }
        };
        match (kind, Call::from_number(call), fds) {
            (STARTED, _, [Some(init), Some(output)]) => Ok(Self::Started { init, output }),
            (REFUSED, Some(call), _) => {
                let errno = Errno::from_number(i32::try_from(errno).unwrap_or(0));
                Ok(Self::Refused(Refusal {
                    call,
                    errno,
                    namespaces,
                }))
            }
            (UNPREPARED, ..) => Ok(Self::Unprepared),
            _ => Err(broken(Errno::IO)),
        }
    }
}

type Words = [u32; 5];

const STARTED: u32 = 1;
const REFUSED: u32 = 2;
const UNPREPARED: u32 = 3;

fn send(line: BorrowedFd<'_>, words: Words, fds: &[BorrowedFd<'_>]) -> Result<(), Errno> {
    let mut message = [0; size_of::<Words>()];
    for (bytes, word) in message.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_ne_bytes());
    }
    socket::send(line, &message, fds)
}

/// EIO: the other side is gone.
fn receive(line: BorrowedFd<'_>) -> Result<(Words, [Option<OwnedFd>; 2]), Errno> {
    let mut message = [0; size_of::<Words>()];
    let (length, fds) = socket::receive(line, &mut message)?;
    if length != message.len() {
        return Err(Errno::IO);
    }
    let mut words = [0; 5];
    for (word, bytes) in words.iter_mut().zip(message.chunks_exact(4)) {
        *word = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    Ok((words, fds))
}
