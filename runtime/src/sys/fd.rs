//! Descriptors: `pipe(2)`, `dup(2)`, `poll(2)`, `close_range(2)`.

use std::ffi::{CStr, c_int, c_uint};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use nix::libc;

use super::Errno;
use super::errno::{check, check_long};

/// To read and write, for [`open`].
pub(crate) const READ_WRITE: c_int = libc::O_RDWR;

/// What [`poll`] found out about one descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) readable: bool,
    /// The other side is gone, or never was.
    pub(crate) hung_up: bool,
}

/// A pipe, read end first, closed on exec.
pub(crate) fn pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    let mut ends = [-1; 2];
    // SAFETY: the array has room for the two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    Ok((owned(ends[0]), owned(ends[1])))
}

/// Makes `to` another name of `from`'s open file, without close-on-exec.
pub(crate) fn dup_onto(from: BorrowedFd<'_>, to: c_int) -> Result<(), Errno> {
    if from.as_raw_fd() == to {
        // dup2 would leave close-on-exec as it is.
        // SAFETY: takes no pointers.
        return check(unsafe { libc::fcntl(to, libc::F_SETFD, 0) }).map(drop);
    }
    // SAFETY: takes no pointers. What `to` meant before is the caller's to lose: only fds 0 to 2 are given here.
    check(unsafe { libc::dup2(from.as_raw_fd(), to) }).map(drop)
}

/// Opens a file that no Rust value owns yet as this very descriptor number.
pub(crate) fn open_onto(path: &CStr, flags: c_int, to: c_int) -> Result<(), Errno> {
    let file = open(path, flags)?;
    dup_onto(borrowed(&file), to)
}

/// `open(2)`, closed on exec.
pub(crate) fn open(path: &CStr, flags: c_int) -> Result<OwnedFd, Errno> {
    // SAFETY: the path is a C string; without O_CREAT there is no third argument.
    check(unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC) }).map(owned)
}

/// `openat(2)`, closed on exec.
pub(crate) fn open_at(
    directory: BorrowedFd<'_>,
    path: &CStr,
    flags: c_int,
) -> Result<OwnedFd, Errno> {
    // SAFETY: the path is a C string; without O_CREAT there is no fourth argument.
    check(unsafe {
        libc::openat(
            directory.as_raw_fd(),
            path.as_ptr(),
            flags | libc::O_CLOEXEC,
        )
    })
    .map(owned)
}

/// Closes all descriptors from `first` on but those in `keep`, which must be in ascending order.
///
/// Rust values may own some of them: for a process that is about to forget all of them.
pub(crate) fn close_all_but(first: c_int, keep: &[c_int]) {
    let mut from = first;
    for &kept in keep {
        if kept > from {
            close_range(from, kept - 1);
        }
        from = from.max(kept + 1);
    }
    close_range(from, c_int::MAX);
}

/// Closes one descriptor that no Rust value owns.
pub(crate) fn close(fd: c_int) {
    // SAFETY: takes no pointers; the caller says that nobody owns it.
    unsafe { libc::close(fd) };
}

/// A borrowed view of a descriptor that is open for the whole life of the process.
pub(crate) fn permanent(fd: c_int) -> BorrowedFd<'static> {
    // SAFETY: callers name descriptors that this process never closes while it uses them.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Reads what is there. `Ok(0)` is the end of the file.
pub(crate) fn read(fd: BorrowedFd<'_>, into: &mut [u8]) -> Result<usize, Errno> {
    loop {
        // SAFETY: the buffer is as long as said.
        match check_long(unsafe {
            libc::read(fd.as_raw_fd(), into.as_mut_ptr().cast(), into.len())
        }) {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

/// Writes some of it.
pub(crate) fn write(fd: BorrowedFd<'_>, from: &[u8]) -> Result<usize, Errno> {
    loop {
        // SAFETY: the buffer is as long as said.
        match check_long(unsafe { libc::write(fd.as_raw_fd(), from.as_ptr().cast(), from.len()) }) {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

/// Waits until one of them can be read or has hung up. `None` as time: for ever. All unready: the time is over.
pub(crate) fn poll<const COUNT: usize>(
    fds: [BorrowedFd<'_>; COUNT],
    time: Option<Duration>,
) -> Result<[Ready; COUNT], Errno> {
    let mut asked = fds.map(|fd| libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    });
    // Rounded up, or the last fraction of a millisecond would be spent in a busy loop.
    let millis = time.map_or(-1, |time| {
        c_int::try_from(time.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX)
    });
    // SAFETY: the array has so many elements.
    match check(unsafe { libc::poll(asked.as_mut_ptr(), COUNT as libc::nfds_t, millis) }) {
        Err(Errno::INTR) => return Ok([Ready::default(); COUNT]),
        other => other?,
    };
    Ok(asked.map(|fd| Ready {
        readable: fd.revents & libc::POLLIN != 0,
        hung_up: fd.revents & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0,
    }))
}

fn close_range(first: c_int, last: c_int) {
    // SAFETY: takes no pointers; the callers' comments say why nobody misses these descriptors.
    let closed =
        unsafe { libc::syscall(libc::SYS_close_range, first as c_uint, last as c_uint, 0) };
    if closed == -1 {
        // Before 5.9, or under a filter that does not know the call.
        (first..=last.min(highest_possible())).for_each(close);
    }
}

fn highest_possible() -> c_int {
    // SAFETY: takes no pointers.
    let open_max = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    c_int::try_from(open_max)
        .unwrap_or(c_int::MAX)
        .clamp(256, 1 << 20)
}

fn owned(fd: c_int) -> OwnedFd {
    // SAFETY: the kernel has just made this descriptor for the caller, nobody else knows it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

fn borrowed(fd: &OwnedFd) -> BorrowedFd<'_> {
    std::os::fd::AsFd::as_fd(fd)
}
