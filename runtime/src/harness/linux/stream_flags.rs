//! The flags of the harness's own stdout and stderr, which a test without capture shares: `F_SETFL`
//! of `fcntl(2)`.
//!
//! They belong to the open file description, which the shell that started cargo shares as well. A
//! test that sets `O_NONBLOCK` would leave the shell's terminal in that state.

use std::io;
use std::os::fd::AsFd as _;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// The flags as the harness found them. `None`: the stream is closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamFlags([Option<OFlag>; 2]);

impl StreamFlags {
    pub(super) fn of_this_process() -> Self {
        let flags = |got: nix::Result<i32>| got.ok().map(OFlag::from_bits_retain);
        Self([
            flags(fcntl(io::stdout().as_fd(), FcntlArg::F_GETFL)),
            flags(fcntl(io::stderr().as_fd(), FcntlArg::F_GETFL)),
        ])
    }

    /// Restores what a test has changed.
    pub(super) fn restore(self) {
        let Self([stdout, stderr]) = self;
        if let Some(flags) = stdout {
            let _ = fcntl(io::stdout().as_fd(), FcntlArg::F_SETFL(flags));
        }
        if let Some(flags) = stderr {
            let _ = fcntl(io::stderr().as_fd(), FcntlArg::F_SETFL(flags));
        }
    }
}
