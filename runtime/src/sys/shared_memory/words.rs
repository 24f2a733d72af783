//! Memory that a process shares with those it forks, or with those it sends a file of it: `mmap(2)` with `MAP_SHARED`.
//!
//! Behind the words that all may have lies a page of one word that can be kept from a process's children: [`PrivateWord`].

use std::ffi::{c_int, c_uint};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::AtomicU32;

use nix::libc;

use crate::sys::Errno;
use crate::sys::errno::check;

/// How many words a page has. Those that are never touched cost nothing: the kernel gives memory by the 4 KiB.
pub(crate) const WORDS: usize = 4096;

/// A word beside the page, all zeroes at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrivateWord {
    word: &'static AtomicU32,
}

impl PrivateWord {
    pub(crate) fn word(self) -> &'static AtomicU32 {
        self.word
    }

    /// Has the children that this process forks from now on find nothing at this address. They must not have the value at hand.
    pub(crate) fn keep_from_children(self) {
        let start = ptr::from_ref(self.word).cast_mut().cast();
        // SAFETY: a page of its own of a mapping that is never unmapped; here nothing changes. An error leaves children with a
        // page that they have no use for.
        unsafe { libc::madvise(start, ASIDE, libc::MADV_DONTFORK) };
    }
}

/// A page of zeroes that this process and all its later children see the same, for ever.
pub(crate) fn shared() -> Result<(&'static [AtomicU32; WORDS], PrivateWord), Errno> {
    map(libc::MAP_ANONYMOUS, -1)
}

/// A page of zeroes as a file in memory, for [`of_file`]. Nobody can shorten it: who maps it can rely on it.
pub(crate) fn file() -> Result<OwnedFd, Errno> {
    /// Since 6.3; a system may be set up so that no file in memory is made without it.
    const NOEXEC_SEAL: c_uint = 8;
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    let raw = match memfd(flags | NOEXEC_SEAL) {
        Err(Errno::INVAL) => memfd(flags),
        other => other,
    }?;
    // SAFETY: the kernel has just made this descriptor for the caller, nobody else knows it.
    let file = unsafe { OwnedFd::from_raw_fd(raw) };
    // SAFETY: takes no pointers.
    check(unsafe { libc::ftruncate(raw, LENGTH as libc::off_t) })?;
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
    // SAFETY: this command takes one number.
    check(unsafe { libc::fcntl(raw, libc::F_ADD_SEALS, seals) })?;
    Ok(file)
}

/// The page behind a [`file`] that this or another process has made.
pub(crate) fn of_file(
    file: BorrowedFd<'_>,
) -> Result<(&'static [AtomicU32; WORDS], PrivateWord), Errno> {
    // SAFETY: this command takes no further argument.
    let seals = check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GET_SEALS) })?;
    if seals & libc::F_SEAL_SHRINK == 0 {
        return Err(Errno::INVAL);
    }
    map(0, file.as_raw_fd())
}

/// Whole pages are kept from children, and this is the longest that a kernel has.
const ASIDE: usize = 64 << 10;
const LENGTH: usize = 2 * ASIDE;
const _: () = assert!(WORDS * size_of::<AtomicU32>() <= ASIDE);

fn memfd(flags: c_uint) -> Result<c_int, Errno> {
    // SAFETY: the name is a C string.
    check(unsafe { libc::memfd_create(c"ns-test".as_ptr(), flags) })
}

/// Of a file: it must be as long as a page, and never become shorter.
fn map(flags: c_int, file: c_int) -> Result<(&'static [AtomicU32; WORDS], PrivateWord), Errno> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = flags | libc::MAP_SHARED;
    // SAFETY: asks for new memory, touches none that exists.
    let memory = unsafe { libc::mmap(ptr::null_mut(), LENGTH, protection, flags, file, 0) };
    if memory == libc::MAP_FAILED {
        return Err(Errno::last());
    }
    // SAFETY: the memory is page-aligned, longer than the array, never unmapped, and stays behind the mapping (an anonymous one,
    // or a file that can't shrink). Other processes write to it too, so that only atomics may look at it: whatever
    // bytes stand there are values of theirs.
    let words = unsafe { &*memory.cast::<[AtomicU32; WORDS]>() };
    // SAFETY: within the memory.
    let private_word = unsafe { memory.byte_add(ASIDE) };
    // SAFETY: the same memory, behind the array.
    let word = unsafe { &*private_word.cast() };
    Ok((words, PrivateWord { word }))
}
