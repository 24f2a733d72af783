//! The shared word in which a worker finds the pid of its test's init.
//!
//! The clone that makes init writes it, and nothing writes it later: the test may be over then, and
//! the word may belong to the next one. It is not on the result page: a test that overwrote the
//! page by accident would make the harness signal an unrelated process. Of a test's processes, only
//! init maps this word. It maps no other test's word.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::sys::process::Pid;
use crate::sys::shared_memory::PrivateWord;

/// A worker's word, shared with its launcher.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InitPid {
    private_word: PrivateWord,
}

impl InitPid {
    pub(super) fn new(private_word: PrivateWord) -> Self {
        Self { private_word }
    }

    /// Returns the word for the kernel to write to (`CLONE_PARENT_SETTID`).
    pub(crate) fn word(self) -> &'static AtomicU32 {
        self.private_word.word()
    }

    /// Clears the word before the next init is made.
    pub(crate) fn clear(self) {
        self.word().store(0, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn tell(self, pid: Pid) {
        self.word().store(pid.unsigned_abs(), Ordering::Release);
    }

    /// Returns the pid in the harness's pid namespace. `None`: there is no init yet.
    pub(crate) fn get(self) -> Option<Pid> {
        let pid = Pid::try_from(self.word().load(Ordering::Acquire)).ok()?;
        (pid > 0).then_some(pid)
    }

    /// Hides the word from the children that this process forks from now on. Every process that
    /// maps it calls this.
    pub(crate) fn keep_from_children(self) {
        self.private_word.keep_from_children();
    }
}
