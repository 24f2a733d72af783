//! The control socket of the fork server: first one message each way, then one message for each
//! launcher.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::sys::{Errno, socket};

/// A message on that socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// To the server, first: carries the read end of the lifeline.
    Lifeline,
    /// From the server, in reply: it can fork.
    Ready,
    /// From the server, in reply: it has other threads, and exits.
    NotSingleThreaded,
    /// To the server: carries a launcher's end of its control socket, and its result page.
    MakeLauncher,
}

impl Message {
    const ALL: [Self; 4] = [
        Self::Lifeline,
        Self::Ready,
        Self::NotSingleThreaded,
        Self::MakeLauncher,
    ];

    pub(crate) fn send(self, socket: BorrowedFd<'_>, fds: &[BorrowedFd<'_>]) -> Result<(), Errno> {
        socket::send(socket, &[self.byte()], fds)
    }

    /// Receives the next message with its descriptors. `None`: the peer is gone, or the data is not
    /// a valid message.
    pub(crate) fn receive(
        socket: BorrowedFd<'_>,
    ) -> Result<(Option<Self>, [Option<OwnedFd>; socket::MOST]), Errno> {
        let mut byte = [0];
        let (length, fds) = socket::receive(socket, &mut byte)?;
        let known = Self::ALL
            .into_iter()
            .find(|message| length == 1 && message.byte() == byte[0]);
        Ok((known, fds))
    }

    fn byte(self) -> u8 {
        match self {
            Self::Lifeline => 1,
            Self::Ready => 2,
            Self::NotSingleThreaded => 3,
            Self::MakeLauncher => 4,
        }
    }
}
