//! A mark that distinguishes a process from its forked children: memory that the kernel wipes for
//! them, `madvise(2)` with `MADV_WIPEONFORK`. A raw call, because nix's is unsafe, too.

use std::sync::atomic::{AtomicU32, Ordering};

use nix::libc;

use super::mmap::map;

/// The mark. Neither setting nor reading it takes a system call.
///
/// A pid is not enough: in a nested pid namespace a child can have the number that its parent has
/// outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForkMark {
    word: &'static AtomicU32,
}

impl ForkMark {
    /// Allocates the memory. `None`: the allocation fails, or the kernel cannot wipe it.
    pub(crate) fn new() -> Option<Self> {
        // The kernel rounds up to whole pages.
        const LENGTH: usize = 4096;
        let memory = map(LENGTH, libc::MAP_PRIVATE, None).ok()?.as_ptr();
        // SAFETY: this is the new mapping, which contains only zeroes.
        let wipes = unsafe { libc::madvise(memory, LENGTH, libc::MADV_WIPEONFORK) } == 0;
        if !wipes {
            return None;
        }
        // SAFETY: as long as a page, aligned to one, never unmapped, and only accessed through this
        // type.
        let word: &'static AtomicU32 = unsafe { &*memory.cast() };
        Some(Self { word })
    }

    /// Marks the calling process, but not its children. Writes before this are visible to a thread
    /// that sees the mark.
    pub(crate) fn set(self) {
        self.word.store(1, Ordering::Release);
    }

    /// Returns whether the calling process is the one that was marked.
    pub(crate) fn is_set(self) -> bool {
        self.word.load(Ordering::Acquire) == 1
    }
}
