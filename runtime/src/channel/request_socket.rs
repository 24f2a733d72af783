//! The line between a worker of the harness and its launcher.
//!
//! An order carries the write end of the test's output pipe. Init takes it off the line itself, so that the launcher, which sleeps
//! meanwhile, does not hold that end; it only looks at the order. Of a test that runs nobody says so: its pipe hangs up when it is over. An answer
//! comes where there is no init.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::error::{Call, SetupError, Step};
use crate::sys::{Errno, socket};

/// Harness to launcher: make this test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TestRequest {
    /// No two orders have the same.
    pub(crate) number: u32,
    /// Which one of the table.
    pub(crate) test: u32,
    /// Whether its output goes through the pipe, or straight to the harness's own stdout and stderr.
    pub(crate) capture: bool,
    /// Whether its sandbox is to last, when it has ended, until init is called.
    pub(crate) hold: bool,
}

/// An order with what it carries.
#[derive(Debug)]
pub(crate) struct ReceivedRequest {
    pub(crate) request: TestRequest,
    /// The write end of the test's output pipe.
    pub(crate) output: OwnedFd,
    /// The harness's own stdout and stderr, where the launcher has not inherited them.
    pub(crate) streams: [Option<OwnedFd>; 2],
}

/// Launcher to harness: there is no init.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The kernel made no process.
    Refused(SpawnError),
    /// It was not even asked to: the page says why.
    PlanFailed,
}

/// Why there is no process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpawnError {
    pub(crate) call: Call,
    pub(crate) errno: Errno,
    /// The namespaces that it was to have, as `clone(2)` counts them.
    pub(crate) namespaces: u32,
}

impl TestRequest {
    /// With the write end of the output pipe, and perhaps the harness's own stdout and stderr. `task` is for the launcher only: what the
    /// sandbox is made for, if it is not just the test.
    pub(crate) fn send(
        self,
        control: BorrowedFd<'_>,
        task: &[u8],
        output: BorrowedFd<'_>,
        streams: Option<[BorrowedFd<'_>; 2]>,
    ) -> Result<(), Errno> {
        let words = [
            self.number,
            self.test,
            u32::from(self.capture),
            u32::from(self.hold),
        ];
        match streams {
            Some([stdout, stderr]) => send(control, words, task, &[output, stdout, stderr]),
            None => send(control, words, task, &[output]),
        }
    }

    /// The next one, which stays on the line; waits for it. `None`: the harness is gone, or has no more tests.
    pub(crate) fn peek(control: BorrowedFd<'_>) -> Option<Self> {
        let mut message = [0; LENGTH];
        let length = socket::peek(control, &mut message, true).ok()?;
        (length >= LENGTH).then(|| Self::of(words(message)))
    }

    /// The task of the request that was peeked at. Empty: the test itself.
    pub(crate) fn peek_task(control: BorrowedFd<'_>) -> Result<Vec<u8>, Errno> {
        let length = socket::peek(control, &mut [], false)?;
        if length <= LENGTH {
            return Ok(Vec::new());
        }
        let mut message = vec![0; length];
        socket::peek(control, &mut message, false)?;
        Ok(message.split_off(LENGTH))
    }

    /// Takes it off the line if it is still there, for an init that may have been killed before it did.
    pub(crate) fn discard(self, control: BorrowedFd<'_>) {
        let mut message = [0; LENGTH];
        let looked = socket::peek(control, &mut message, false);
        if looked.is_ok_and(|length| length >= LENGTH) && Self::of(words(message)) == self {
            let _ = ReceivedRequest::receive(control);
        }
    }

    fn of([number, test, capture, hold]: Words) -> Self {
        Self {
            number,
            test,
            capture: capture == 1,
            hold: hold == 1,
        }
    }
}

impl ReceivedRequest {
    /// The next one; waits for it.
    ///
    /// EMFILE: the kernel had no room for what it carries, or a security module did not let it through.
    pub(crate) fn receive(control: BorrowedFd<'_>) -> Result<Self, Errno> {
        let (words, [output, stdout, stderr]) = receive(control)?;
        Ok(Self {
            request: TestRequest::of(words),
            output: output.ok_or(Errno::MFILE)?,
            streams: [stdout, stderr],
        })
    }
}

impl Reply {
    pub(crate) fn send(self, control: BorrowedFd<'_>) -> Result<(), Errno> {
        let words = match self {
            Self::Refused(SpawnError {
                call,
                errno,
                namespaces,
            }) => [
                REFUSED,
                call.number(),
                errno.number().unsigned_abs(),
                namespaces,
            ],
            Self::PlanFailed => [PLAN_FAILED, 0, 0, 0],
        };
        send(control, words, &[], &[])
    }

    /// To the last order; waits for it.
    pub(crate) fn receive(control: BorrowedFd<'_>) -> Result<Self, SetupError> {
        let broken = |errno| {
            SetupError::new(Step::MakeNamespaces, Call::Read, errno).because("the launcher is gone")
        };
        let ([kind, call, errno, namespaces], _) = receive(control).map_err(broken)?;
        match (kind, Call::from_number(call)) {
            (REFUSED, Some(call)) => Ok(Self::Refused(SpawnError {
                call,
                errno: Errno::from_number(i32::try_from(errno).unwrap_or(0)),
                namespaces,
            })),
            (PLAN_FAILED, _) => Ok(Self::PlanFailed),
            _ => Err(broken(Errno::IO)),
        }
    }
}

type Words = [u32; 4];

const LENGTH: usize = size_of::<Words>();

const REFUSED: u32 = 1;
const PLAN_FAILED: u32 = 2;

fn send(
    control: BorrowedFd<'_>,
    words: Words,
    task: &[u8],
    fds: &[BorrowedFd<'_>],
) -> Result<(), Errno> {
    let mut message = [0; LENGTH];
    for (bytes, word) in message.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_ne_bytes());
    }
    if task.is_empty() {
        socket::send(control, &message, fds)
    } else {
        socket::send(control, &[&message, task].concat(), fds)
    }
}

/// EIO: the other side is gone.
fn receive(control: BorrowedFd<'_>) -> Result<(Words, [Option<OwnedFd>; socket::MOST]), Errno> {
    let mut message = [0; LENGTH];
    let (length, fds) = socket::receive(control, &mut message)?;
    if length == LENGTH {
        Ok((words(message), fds))
    } else {
        Err(Errno::IO)
    }
}

fn words(message: [u8; LENGTH]) -> Words {
    let mut words = Words::default();
    for (word, bytes) in words.iter_mut().zip(message.chunks_exact(4)) {
        *word = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    words
}
