//! Sending a batch and reading the kernel's answers.

use std::ffi::c_int;
use std::os::fd::{AsFd, OwnedFd};

use crate::sys::{Errno, fd, netlink};

use super::batch::Batch;
use super::rtnetlink::Answer;

/// The limit of one send. The socket's send buffer has 212 kB by default, including the kernel's
/// own bookkeeping.
const MOST: usize = 48 << 10;

const ERROR: u16 = 2;
const HEADER: usize = 16;

/// A socket that configures one network namespace.
#[derive(Debug)]
pub(in crate::network) struct Socket {
    socket: OwnedFd,
}

/// The first refused message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::network) struct Refusal {
    pub(in crate::network) errno: Errno,
    /// The subject of the message.
    pub(in crate::network) about: Option<String>,
    /// The kernel's own explanation, if it gives one.
    pub(in crate::network) words: Option<String>,
}

impl Refusal {
    fn plain(errno: Errno) -> Self {
        Self {
            errno,
            about: None,
            words: None,
        }
    }
}

impl Socket {
    /// Opens a socket for links, addresses and routes of the calling thread's namespace.
    pub(in crate::network) fn route() -> Result<Self, Refusal> {
        Self::open(netlink::ROUTE)
    }

    /// Opens a socket for its packet filter.
    pub(in crate::network) fn netfilter() -> Result<Self, Refusal> {
        Self::open(netlink::NETFILTER)
    }

    fn open(protocol: c_int) -> Result<Self, Refusal> {
        let socket = netlink::open(protocol).map_err(Refusal::plain)?;
        Ok(Self { socket })
    }

    /// Sends all messages, in as few calls as possible, and waits until the kernel has applied
    /// them. Returns the answers to queries.
    pub(in crate::network) fn send(&self, batch: &Batch) -> Result<Vec<Answer>, Refusal> {
        let mut answers = Vec::new();
        if !batch.is_empty() {
            for (part, last) in batch.parts(MOST) {
                self.send_part(batch, &part, last, &mut answers)?;
            }
        }
        Ok(answers)
    }

    fn send_part(
        &self,
        batch: &Batch,
        part: &[u8],
        last: u32,
        answers: &mut Vec<Answer>,
    ) -> Result<(), Refusal> {
        fd::write(self.socket.as_fd(), part).map_err(Refusal::plain)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = fd::read(self.socket.as_fd(), &mut buffer).map_err(Refusal::plain)?;
            let mut rest = &buffer[..length];
            while let Some((message, after)) = Message::first(rest) {
                answers.extend(Answer::parse(message.kind, message.body));
                if let Some(errno) = message.error() {
                    if errno != Errno::from_number(0) {
                        // The kernel never acknowledges the end of a failed transaction, so no
                        // further message may come.
                        return Err(Refusal {
                            errno,
                            about: batch.about(message.number).map(ToOwned::to_owned),
                            words: message.words(),
                        });
                    }
                    if message.number == last {
                        return Ok(());
                    }
                }
                rest = after;
            }
        }
    }
}

/// A message from the kernel.
struct Message<'a> {
    kind: u16,
    flags: u16,
    number: u32,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let length = usize::try_from(word(bytes, 0)?).ok()?;
        let message = Self {
            kind: half(bytes, 4)?,
            flags: half(bytes, 6)?,
            number: word(bytes, 8)?,
            body: bytes.get(HEADER..length)?,
        };
        Some((
            message,
            bytes.get(length.next_multiple_of(4)..).unwrap_or_default(),
        ))
    }

    /// Returns the error of an acknowledgement, which is 0 on success.
    fn error(&self) -> Option<Errno> {
        let negative = word(self.body, 0).filter(|_| self.kind == ERROR)?;
        Some(Errno::from_number(
            0_i32.wrapping_sub(i32::from_ne_bytes(negative.to_ne_bytes())),
        ))
    }

    /// Returns `NLMSGERR_ATTR_MSG`. It follows the errno and the header of the refused message, or
    /// the whole message without `NLM_F_CAPPED`.
    fn words(&self) -> Option<String> {
        const CAPPED: u16 = 0x100;
        const HAS_ATTRIBUTES: u16 = 0x200;
        const MESSAGE: u16 = 1;
        if self.flags & HAS_ATTRIBUTES == 0 {
            return None;
        }
        let refused = usize::try_from(word(self.body, 4)?).ok()?;
        let skipped = if self.flags & CAPPED == 0 {
            refused
        } else {
            HEADER
        };
        let mut rest = self.body.get(4 + skipped.next_multiple_of(4)..)?;
        loop {
            let length = usize::from(half(rest, 0)?);
            if half(rest, 2)? == MESSAGE {
                let text = rest.get(4..length)?.split(|byte| *byte == 0).next()?;
                return Some(String::from_utf8_lossy(text).into_owned());
            }
            rest = rest.get(length.next_multiple_of(4).max(4)..)?;
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}
