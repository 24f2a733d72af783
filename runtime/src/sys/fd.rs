//! Descriptors: `pipe(2)`, `open(2)`, `poll(2)`, `close_range(2)`.

use std::ffi::{CStr, c_int};
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::stat::Mode;
use nix::unistd::{self, SysconfVar};

use super::Errno;
use super::errno::retry;
use super::process::Forked;
use super::syscall::syscall;

/// To read, for [`open`].
pub(crate) const READ: OFlag = OFlag::O_RDONLY;
/// To read and write, for [`open`].
pub(crate) const READ_WRITE: OFlag = OFlag::O_RDWR;

/// The result of [`poll`] for one descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) readable: bool,
    /// The other side is closed, or never existed.
    pub(crate) hung_up: bool,
}

/// Returns a pipe, read end first, with close-on-exec.
pub(crate) fn pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    unistd::pipe2(OFlag::O_CLOEXEC).map_err(Errno::from_nix)
}

/// Opens a file with close-on-exec: `open(2)`.
pub(crate) fn open(path: &CStr, flags: OFlag) -> Result<OwnedFd, Errno> {
    nix::fcntl::open(path, flags | OFlag::O_CLOEXEC, Mode::empty()).map_err(Errno::from_nix)
}

/// Opens a file below a directory, with close-on-exec: `openat(2)`.
pub(crate) fn open_at(
    directory: BorrowedFd<'_>,
    path: &CStr,
    flags: OFlag,
) -> Result<OwnedFd, Errno> {
    nix::fcntl::openat(directory, path, flags | OFlag::O_CLOEXEC, Mode::empty())
        .map_err(Errno::from_nix)
}

/// Closes all descriptors except the three standard streams and those in `kept`.
///
/// Values in the stack frames copied from the parent own some of them. The token proves that they
/// are never dropped.
pub(crate) fn close_all_but(_forked: &Forked, kept: &[BorrowedFd<'_>]) {
    let mut from = libc::STDERR_FILENO + 1;
    while let Some(next) = lowest(kept, from) {
        if next > from {
            close_range(from, next - 1);
        }
        from = next + 1;
    }
    close_range(from, c_int::MAX);
}

/// Returns the lowest of these descriptors from this number on.
fn lowest(fds: &[BorrowedFd<'_>], from: c_int) -> Option<c_int> {
    let mut lowest = None;
    for fd in fds {
        let number = fd.as_raw_fd();
        if number >= from && lowest.is_none_or(|lowest| number < lowest) {
            lowest = Some(number);
        }
    }
    lowest
}

/// Closes this process's copy of a descriptor that its parent owns.
///
/// As in [`close_all_but`], the owner is in a stack frame that this process never returns to.
pub(crate) fn close_copy(_forked: &Forked, fd: BorrowedFd<'_>) {
    let _ = unistd::close(fd.as_raw_fd());
}

/// Leaves the descriptor open until the process ends.
pub(crate) fn leak(fd: OwnedFd) -> BorrowedFd<'static> {
    let fd = fd.into_raw_fd();
    // SAFETY: it is open, and it has no owner any more that could close it.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Reads the available bytes. `Ok(0)` is the end of the file.
pub(crate) fn read(fd: BorrowedFd<'_>, into: &mut [u8]) -> Result<usize, Errno> {
    retry(|| unistd::read(fd, into).map_err(Errno::from_nix))
}

/// Writes some of the bytes, and returns how many.
pub(crate) fn write(fd: BorrowedFd<'_>, from: &[u8]) -> Result<usize, Errno> {
    retry(|| unistd::write(fd, from).map_err(Errno::from_nix))
}

/// Waits until one of them is readable or has hung up. Without a time it waits forever. If none is
/// ready, the time has passed.
pub(crate) fn poll<const COUNT: usize>(
    fds: [BorrowedFd<'_>; COUNT],
    time: Option<Duration>,
) -> Result<[Ready; COUNT], Errno> {
    let mut asked = fds.map(|fd| PollFd::new(fd, PollFlags::POLLIN));
    match nix::poll::poll(&mut asked, time.map_or(PollTimeout::NONE, round_up)) {
        Err(nix::errno::Errno::EINTR) => return Ok([Ready::default(); COUNT]),
        other => other.map_err(Errno::from_nix)?,
    };
    let over = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
    Ok(asked.map(|fd| {
        // The kernel returns no bits other than POLLIN and these three.
        let shown = fd.revents().unwrap_or(PollFlags::POLLERR);
        Ready {
            readable: shown.contains(PollFlags::POLLIN),
            hung_up: shown.intersects(over),
        }
    }))
}

/// Rounds up. nix rounds down, which would spend the last fraction of a millisecond in a busy loop.
fn round_up(time: Duration) -> PollTimeout {
    PollTimeout::try_from(time.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
}

/// Closes the descriptors from `first` to `last`. A raw call: nix has no `close_range`.
fn close_range(first: c_int, last: c_int) {
    // SAFETY: takes no pointers.
    if unsafe { syscall(libc::SYS_close_range, [first as usize, last as usize, 0]) }.is_err() {
        // Before 5.9, or under a filter that blocks the call.
        for number in first..=last.min(highest_possible()) {
            let _ = unistd::close(number);
        }
    }
}

fn highest_possible() -> c_int {
    unistd::sysconf(SysconfVar::OPEN_MAX)
        .ok()
        .flatten()
        .and_then(|open_max| c_int::try_from(open_max).ok())
        .unwrap_or(c_int::MAX)
        .clamp(256, 1 << 20)
}
