//! How the processes of a run notice that the harness is gone.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::sys::{Errno, fd};

/// A pipe by which all processes of a run notice that the harness is gone. The read end hangs up
/// when the harness's write end is closed, however the harness ends. (`PR_SET_PDEATHSIG` would
/// follow the harness's forking *thread*.)
#[derive(Debug)]
pub(crate) struct Lifeline {
    /// Never closed, because bodies and launchers borrow it.
    read: BorrowedFd<'static>,
    _write: OwnedFd,
}

impl Lifeline {
    pub(crate) fn new() -> Result<Self, Errno> {
        fd::pipe().map(|(read, write)| Self {
            read: fd::leak(read),
            _write: write,
        })
    }

    /// Returns the end that hangs up.
    pub(crate) fn read_end(&self) -> BorrowedFd<'static> {
        self.read
    }
}
