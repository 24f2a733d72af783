//! A mark that tells a process from the children it forks: memory that the kernel wipes for them, `madvise(2)` with
//! `MADV_WIPEONFORK`.

use std::sync::atomic::{AtomicU32, Ordering};

use nix::libc;

use super::mmap::map;

/// The mark. Neither setting nor reading it takes a system call.
///
/// A pid would not do: in a nested pid namespace a child can have the number that its parent has outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForkMark {
    word: &'static AtomicU32,
}

impl ForkMark {
    /// Sets memory aside. `None`: there is none, or the kernel can't wipe it.
    pub(crate) fn new() -> Option<Self> {
        // The kernel rounds up to whole pages.
        const LENGTH: usize = 4096;
        let memory = map(LENGTH, libc::MAP_PRIVATE, None).ok()?.as_ptr();
        // SAFETY: the mapping that was just made, which holds zeroes and nothing else.
        let wipes = unsafe { libc::madvise(memory, LENGTH, libc::MADV_WIPEONFORK) } == 0;
        if !wipes {
            return None;
        }
        // SAFETY: as long as a page, aligned to one, never unmapped, and only looked at through this type.
        let word: &'static AtomicU32 = unsafe { &*memory.cast() };
        Some(Self { word })
    }

    /// Marks the calling process, but not its children.
    pub(crate) fn set(self) {
        self.word.store(1, Ordering::Relaxed);
    }

    /// Returns whether the calling process is the one that was marked.
    pub(crate) fn is_set(self) -> bool {
        self.word.load(Ordering::Relaxed) == 1
    }
}
