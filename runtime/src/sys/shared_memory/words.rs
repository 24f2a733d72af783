//! Memory that a process shares with those it forks, or with those it sends a file of it: `mmap(2)` with `MAP_SHARED`.
//!
//! Behind the words that all may have lies a page of one word that can be kept from a process's children: [`PrivateWord`].

use std::mem::offset_of;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64};

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::libc;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::unistd::ftruncate;

use crate::sys::Errno;
use crate::sys::mmap::map;

/// How many words a page has. Those that are never touched cost nothing: the kernel gives memory by the 4 KiB.
pub(crate) const WORDS: usize = 4096;

/// How many pages are in a mapping.
pub(crate) const PAGES: usize = 8;

/// A page, all zeroes at first.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Words {
    /// Each changes as a whole.
    pub(crate) states: [AtomicU64; 2],
    pub(crate) words: [AtomicU32; WORDS],
}

/// The pages of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages(&'static [Words; PAGES]);

impl Pages {
    /// One of them, chosen by a number of any size.
    pub(crate) fn get(self, number: u32) -> &'static Words {
        &self.0[number as usize % PAGES]
    }

    /// Has the children that this process forks from now on find nothing at this address.
    pub(crate) fn keep_from_children(self) {
        let start = ptr::from_ref(self.0).cast_mut().cast();
        // SAFETY: the first pages of a mapping that is never unmapped, up to the private ones; here nothing changes. An error
        // leaves children with pages that they have no use for.
        unsafe { libc::madvise(start, PUBLIC, libc::MADV_DONTFORK) };
    }
}

/// A word beside the page, all zeroes at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrivateWord {
    page: &'static [AtomicU32; PRIVATE / WORD],
}

impl PrivateWord {
    pub(crate) fn word(self) -> &'static AtomicU32 {
        &self.page[0]
    }

    /// Has the children that this process forks from now on find nothing at this address. They must not have the value at hand.
    pub(crate) fn keep_from_children(self) {
        let start = ptr::from_ref(self.page).cast_mut().cast();
        // SAFETY: a page of its own of a mapping that is never unmapped; here nothing changes. An error leaves children with a
        // page that they have no use for.
        unsafe { libc::madvise(start, size_of_val(self.page), libc::MADV_DONTFORK) };
    }
}

/// A page of zeroes that this process and all its later children see the same, for ever.
pub(crate) fn shared() -> Result<(Pages, PrivateWord), Errno> {
    mapping(None)
}

/// A page of zeroes as a file in memory, for [`of_file`]. Nobody can shorten it: who maps it can rely on it.
pub(crate) fn file() -> Result<OwnedFd, Errno> {
    /// Since 6.3; a system may be set up so that no file in memory is made without it.
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

/// `ftruncate(2)`. EFBIG: `ulimit -f` is lower, for which the kernel also sends SIGXFSZ, to the calling thread.
fn grow(file: &OwnedFd, size: libc::off_t) -> nix::Result<()> {
    let mut exceeded = SigSet::empty();
    exceeded.add(Signal::SIGXFSZ);
    let before = exceeded.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let grown = ftruncate(file, size);
    if grown == Err(nix::errno::Errno::EFBIG) {
        // It is pending, so that this does not wait.
        let _ = exceeded.wait();
    }
    before.thread_set_mask()?;
    grown
}

/// The page behind a [`file`] that this or another process has made.
pub(crate) fn of_file(file: BorrowedFd<'_>) -> Result<(Pages, PrivateWord), Errno> {
    let seals = fcntl(file, FcntlArg::F_GET_SEALS).map_err(Errno::from_nix)?;
    if seals & libc::F_SEAL_SHRINK == 0 {
        return Err(Errno::INVAL);
    }
    mapping(Some(file))
}

/// Whole pages are kept from children, and this is the longest that a kernel has.
const PRIVATE: usize = 64 << 10;

/// As long as what all may have, in such pages.
const PUBLIC: usize = size_of::<[Words; PAGES]>().next_multiple_of(PRIVATE);

/// The memory: what all may have, and what can be kept from children.
#[repr(C)]
struct Mapping {
    pages: [Words; PAGES],
    _unused: [AtomicU32; (PUBLIC - size_of::<[Words; PAGES]>()) / WORD],
    private: [AtomicU32; PRIVATE / WORD],
}

const WORD: usize = size_of::<AtomicU32>();
const _: () = assert!(offset_of!(Mapping, private) == PUBLIC);

/// Of a file: it must be as long as a [`Mapping`], and never become shorter.
fn mapping(file: Option<BorrowedFd<'_>>) -> Result<(Pages, PrivateWord), Errno> {
    let memory = map(size_of::<Mapping>(), libc::MAP_SHARED, file)?;
    // SAFETY: the memory is page-aligned, as long as the structure, never unmapped, and stays behind the mapping (an anonymous
    // one, or a file that can't shrink). Other processes write to it too, so that only atomics may look at it: whatever
    // bytes stand there are values of theirs.
    let mapping: &'static Mapping = unsafe { memory.cast().as_ref() };
    Ok((
        Pages(&mapping.pages),
        PrivateWord {
            page: &mapping.private,
        },
    ))
}
