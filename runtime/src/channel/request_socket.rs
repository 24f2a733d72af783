//! The control socket between a worker of the harness and its launcher.
//!
//! A request carries the write end of the test's output pipe, of which init inherits a copy. There
//! is no start notification: the pipe hangs up when the test is over. The launcher replies only if
//! there is no init.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::error::{Call, SetupError, Step};
use crate::sys::{Errno, socket};

/// Harness to launcher: make this test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TestRequest {
    /// A unique number: no two requests have the same.
    pub(crate) number: u32,
    /// The test's index in the table.
    pub(crate) test: u32,
    /// Whether the output goes through the pipe, or directly to the harness's own stdout and
    /// stderr.
    pub(crate) capture: bool,
    /// Whether the sandbox remains after the test has ended, until init is signalled.
    pub(crate) hold: bool,
}

/// A request with the descriptors that it carries.
#[derive(Debug)]
pub(crate) struct ReceivedRequest {
    pub(crate) request: TestRequest,
    /// The purpose of the sandbox. Empty: the test itself.
    pub(crate) task: Vec<u8>,
    /// The write end of the test's output pipe.
    pub(crate) output: OwnedFd,
    /// The harness's own stdout and stderr, if the launcher has not inherited them.
    pub(crate) streams: [Option<OwnedFd>; 2],
}

/// Launcher to harness: there is no init.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The kernel refused to create the process.
    Refused(SpawnError),
    /// The launcher did not try to create one. The result page has the reason.
    PlanFailed,
}

/// The reason why there is no process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpawnError {
    pub(crate) call: Call,
    pub(crate) errno: Errno,
    /// The requested namespaces, as flags of `clone(2)`.
    pub(crate) namespaces: u32,
}

impl TestRequest {
    /// Sends the request with the write end of the output pipe and, if given, the harness's own
    /// stdout and stderr. `task` is the purpose of the sandbox, or empty for the test itself.
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
    /// Waits for the next request and receives it. `None`: the harness is gone, or has no more
    /// tests.
    ///
    /// # Errors
    /// EMFILE: the descriptor limit left no room for what it carries, or a security module blocked
    /// it.
    pub(crate) fn receive(control: BorrowedFd<'_>) -> Result<Option<Self>, Errno> {
        let mut message = vec![0; socket::next_length(control)?];
        let (_, [output, stdout, stderr]) = socket::receive(control, &mut message)?;
        let Some((head, task)) = message.split_first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        Ok(Some(Self {
            request: TestRequest::of(words(*head)),
            task: task.to_vec(),
            output: output.ok_or(Errno::MFILE)?,
            streams: [stdout, stderr],
        }))
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

    /// Waits for the reply to the last request.
    pub(crate) fn receive(control: BorrowedFd<'_>) -> Result<Self, SetupError> {
        let broken = |errno| {
            SetupError::new(Step::MakeNamespaces, Call::Read, errno).because("the launcher is gone")
        };
        let [kind, call, errno, namespaces] = receive_words(control).map_err(broken)?;
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

/// Waits for a message and receives it.
///
/// # Errors
/// EIO: the peer is gone.
fn receive_words(control: BorrowedFd<'_>) -> Result<Words, Errno> {
    let mut message = [0; LENGTH];
    let (length, _no_fds) = socket::receive(control, &mut message)?;
    if length == LENGTH {
        Ok(words(message))
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
