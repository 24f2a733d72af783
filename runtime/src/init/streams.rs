//! The standard streams of init, and of the processes around it: `dup(2)`, `stdin(3)`.

use std::ffi::{CStr, c_int};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::unistd;

use crate::sys::process::Forked;
use crate::sys::{Errno, fd};

/// A standard stream: descriptor 0, 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdin,
    Stdout,
    Stderr,
}

impl Stream {
    pub(crate) const ALL: [Self; 3] = [Self::Stdin, Self::Stdout, Self::Stderr];
}

/// Makes the stream another descriptor of `from`'s open file, without close-on-exec.
pub(crate) fn dup_onto(from: BorrowedFd<'_>, to: Stream) -> Result<(), Errno> {
    let dup = if from.as_raw_fd() == to as c_int {
        // dup2 would leave close-on-exec unchanged.
        fcntl(from, FcntlArg::F_SETFD(FdFlag::empty())).map(drop)
    } else {
        match to {
            Stream::Stdin => unistd::dup2_stdin(from),
            Stream::Stdout => unistd::dup2_stdout(from),
            Stream::Stderr => unistd::dup2_stderr(from),
        }
    };
    dup.map_err(Errno::from_nix)
}

/// Opens a file as this stream.
pub(crate) fn open_onto(path: &CStr, flags: OFlag, to: Stream) -> Result<(), Errno> {
    let file = fd::open(path, flags)?;
    dup_onto(file.as_fd(), to)
}

/// Closes the three standard streams, which std assumes to be open.
pub(crate) fn close_streams(_forked: &Forked) {
    for stream in Stream::ALL {
        let _ = unistd::close(stream as c_int);
    }
}
