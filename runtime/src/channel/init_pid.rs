//! The word in which a worker finds the pid of its test's init.
//!
//! The kernel writes it, or the launcher, before init does anything. Not on the test's page: a test that wrote there by accident would
//! have the harness signal a stranger. Of a test's processes init alone has this word in its memory, and no other test's.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::sys::process::Pid;
use crate::sys::shared_memory::PrivateWord;

/// One worker's, shared with its launcher.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InitPid {
    private_word: PrivateWord,
}

impl InitPid {
    pub(super) fn new(private_word: PrivateWord) -> Self {
        Self { private_word }
    }

    /// For the kernel to write to: `CLONE_PARENT_SETTID`.
    pub(crate) fn word(self) -> &'static AtomicU32 {
        self.private_word.word()
    }

    /// Before there is another init.
    pub(crate) fn clear(self) {
        self.word().store(0, Ordering::Relaxed);
    }

    pub(crate) fn tell(self, pid: Pid) {
        self.word().store(pid.unsigned_abs(), Ordering::Release);
    }

    /// As the harness counts. `None`: there is no init yet.
    pub(crate) fn get(self) -> Option<Pid> {
        let pid = Pid::try_from(self.word().load(Ordering::Acquire)).ok()?;
        (pid > 0).then_some(pid)
    }

    /// In every process that has this: what it forks from now on does not.
    pub(crate) fn keep_from_children(self) {
        self.private_word.keep_from_children();
    }
}
