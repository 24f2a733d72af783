//! The control socket of the fork server: one message each way to begin with, then one for each launcher.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::sys::{Errno, socket};

/// What goes over that socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// To the server, first: with the read end of the lifeline.
    Lifeline,
    /// From the server, in reply: it can fork.
    Ready,
    /// From the server, in reply: it has other threads, and exits.
    NotSingleThreaded,
    /// To the server: with a launcher's end of its control socket, and its result page.
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

    /// Receives the next message, with its descriptors. `None`: the other side is gone, or what came is no message.
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
