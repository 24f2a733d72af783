//! Memory that a process shares with its forked children, or with processes that receive its file:
//! `mmap(2)` with `MAP_SHARED`. nix's `madvise` is unsafe, too.
//!
//! The words that all processes share are followed by a page with one word that can be hidden from
//! a process's children: [`PrivateWord`].

use std::mem::offset_of;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64};

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::libc;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::stat::fstat;
use nix::unistd::ftruncate;

use crate::sys::Errno;
use crate::sys::mmap::map;

/// The number of words in a page. Unused ones cost nothing, because the kernel allocates memory in
/// 4 KiB units.
pub(crate) const WORDS: usize = 4096;

/// The number of pages in a mapping.
pub(crate) const PAGES: usize = 8;

/// A page, initially zero.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Words {
    /// Each is updated atomically.
    pub(crate) states: [AtomicU64; 2],
    pub(crate) words: [AtomicU32; WORDS],
}

/// The pages of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages(&'static Mapping);

impl Pages {
    /// Returns one of them, chosen by a number of any size.
    pub(crate) fn get(self, number: u32) -> &'static Words {
        &self.0.pages[number as usize % PAGES]
    }

    /// Unmaps these pages in the children that this process forks from now on.
    pub(crate) fn keep_from_children(self) {
        self.0.advise(Part::Public, libc::MADV_DONTFORK);
    }

    /// Reverts [`keep_from_children`](Self::keep_from_children).
    pub(crate) fn share_with_children(self) {
        self.0.advise(Part::Public, libc::MADV_DOFORK);
    }
}

/// A word next to the page, initially zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrivateWord {
    mapping: &'static Mapping,
}

impl PrivateWord {
    pub(crate) fn word(self) -> &'static AtomicU32 {
        &self.mapping.private[0]
    }

    /// Unmaps this word in the children that this process forks from now on. They must not access
    /// the value.
    pub(crate) fn keep_from_children(self) {
        self.mapping.advise(Part::Private, libc::MADV_DONTFORK);
    }
}

/// Maps zeroed pages that this process and all its later children share, forever.
pub(crate) fn shared() -> Result<(Pages, PrivateWord), Errno> {
    mapping(None)
}

/// Creates a file in memory for [`of_file`]. It is sealed against shrinking, so that its mappings
/// stay valid.
pub(crate) fn file() -> Result<OwnedFd, Errno> {
    /// Since 6.3. A system can be configured to refuse files in memory without it.
    const NOEXEC_SEAL: MFdFlags = MFdFlags::from_bits_retain(8);
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    let file = match memfd_create(c"ns-test", flags | NOEXEC_SEAL) {
        Err(nix::errno::Errno::EINVAL) => memfd_create(c"ns-test", flags),
        other => other,
    };
    let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
    let sealed = file.and_then(|file| {
        grow(&file, size_of::<Mapping>() as libc::off_t)?;
        fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
        Ok(file)
    });
    sealed.map_err(Errno::from_nix)
}

/// Extends the file: `ftruncate(2)`. EFBIG: `ulimit -f` is lower, and the kernel also sends SIGXFSZ
/// to the calling thread.
fn grow(file: &OwnedFd, size: libc::off_t) -> nix::Result<()> {
    let mut exceeded = SigSet::empty();
    exceeded.add(Signal::SIGXFSZ);
    let before = exceeded.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let grown = ftruncate(file, size);
    if grown == Err(nix::errno::Errno::EFBIG) {
        // The signal is pending, so this does not wait.
        let _ = exceeded.wait();
    }
    before.thread_set_mask()?;
    grown
}

/// Maps the page of a [`file()`] that this or another process has made.
pub(crate) fn of_file(file: BorrowedFd<'_>) -> Result<(Pages, PrivateWord), Errno> {
    let seals = fcntl(file, FcntlArg::F_GET_SEALS).map_err(Errno::from_nix)?;
    let size = fstat(file).map_err(Errno::from_nix)?.st_size;
    let is_long = usize::try_from(size).is_ok_and(|size| size >= size_of::<Mapping>());
    if seals & libc::F_SEAL_SHRINK == 0 || !is_long {
        return Err(Errno::INVAL);
    }
    mapping(Some(file))
}

/// Only whole pages can be hidden from children. This is the largest page size of any kernel.
const PRIVATE: usize = 64 << 10;

/// The length of the shared part, in such pages.
const PUBLIC: usize = size_of::<[Words; PAGES]>().next_multiple_of(PRIVATE);

/// The memory: the shared part, and the part that can be hidden from children.
#[derive(Debug)]
#[repr(C)]
struct Mapping {
    pages: [Words; PAGES],
    _unused: [AtomicU32; (PUBLIC - size_of::<[Words; PAGES]>()) / WORD],
    private: [AtomicU32; PRIVATE / WORD],
}

#[derive(Clone, Copy)]
enum Part {
    Public,
    Private,
}

impl Mapping {
    /// Sets whether this process's later children have a part of the mapping.
    fn advise(&'static self, part: Part, advice: libc::c_int) {
        let start = ptr::from_ref(self).cast_mut().cast::<u8>();
        let (offset, length) = match part {
            Part::Public => (0, PUBLIC),
            Part::Private => (PUBLIC, PRIVATE),
        };
        // SAFETY: these are whole pages of a mapping that is never unmapped; they do not change
        // here. After an error children keep pages that they do not use.
        unsafe { libc::madvise(start.wrapping_add(offset).cast(), length, advice) };
    }
}

const WORD: usize = size_of::<AtomicU32>();
const _: () = assert!(offset_of!(Mapping, private) == PUBLIC);

/// Maps a file, which must be as long as a [`Mapping`] and never become shorter.
fn mapping(file: Option<BorrowedFd<'_>>) -> Result<(Pages, PrivateWord), Errno> {
    let memory = map(size_of::<Mapping>(), libc::MAP_SHARED, file)?;
    // SAFETY: the memory is page-aligned, as long as the structure, and never unmapped. It stays
    // behind the mapping (anonymous memory, or a file that cannot shrink). Other processes write to
    // it too, so only atomics may access it: all bytes are valid values of them.
    let mapping: &'static Mapping = unsafe { memory.cast().as_ref() };
    Ok((Pages(mapping), PrivateWord { mapping }))
}
