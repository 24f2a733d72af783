//! Descriptors: `pipe(2)`, `dup(2)`, `poll(2)`, `close_range(2)`.

use std::ffi::{CStr, c_int};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::stat::Mode;
use nix::unistd::{self, SysconfVar};

use super::Errno;
use super::syscall::syscall;

/// To read, for [`open`].
pub(crate) const READ: OFlag = OFlag::O_RDONLY;
/// To read and write, for [`open`].
pub(crate) const READ_WRITE: OFlag = OFlag::O_RDWR;

/// What [`poll`] found out about one descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) readable: bool,
    /// The other side is gone, or never was.
    pub(crate) hung_up: bool,
}

/// Returns a pipe, read end first, closed on exec.
pub(crate) fn pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    unistd::pipe2(OFlag::O_CLOEXEC).map_err(Errno::from_nix)
}

/// Makes `to` another name of `from`'s open file, without close-on-exec.
pub(crate) fn dup_onto(from: BorrowedFd<'_>, to: c_int) -> Result<(), Errno> {
    let dup = if from.as_raw_fd() == to {
        // dup2 would leave close-on-exec as it is.
        return fcntl(from, FcntlArg::F_SETFD(FdFlag::empty()))
            .map(drop)
            .map_err(Errno::from_nix);
    } else {
        match to {
            0 => unistd::dup2_stdin(from),
            1 => unistd::dup2_stdout(from),
            2 => unistd::dup2_stderr(from),
            _ => Err(nix::errno::Errno::EBADF),
        }
    };
    dup.map_err(Errno::from_nix)
}

/// Opens a file as this standard stream.
pub(crate) fn open_onto(path: &CStr, flags: OFlag, to: c_int) -> Result<(), Errno> {
    let file = open(path, flags)?;
    dup_onto(file.as_fd(), to)
}

/// `open(2)`, closed on exec.
pub(crate) fn open(path: &CStr, flags: OFlag) -> Result<OwnedFd, Errno> {
    nix::fcntl::open(path, flags | OFlag::O_CLOEXEC, Mode::empty()).map_err(Errno::from_nix)
}

/// `openat(2)`, closed on exec.
pub(crate) fn open_at(
    directory: BorrowedFd<'_>,
    path: &CStr,
    flags: OFlag,
) -> Result<OwnedFd, Errno> {
    nix::fcntl::openat(directory, path, flags | OFlag::O_CLOEXEC, Mode::empty())
        .map_err(Errno::from_nix)
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
    let _ = unistd::close(fd);
}

/// A borrowed view of a descriptor that is open for the whole life of the process.
pub(crate) fn permanent(fd: c_int) -> BorrowedFd<'static> {
    // SAFETY: callers name descriptors that this process never closes while it uses them.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Reads what is there. `Ok(0)` is the end of the file.
pub(crate) fn read(fd: BorrowedFd<'_>, into: &mut [u8]) -> Result<usize, Errno> {
    retry(|| unistd::read(fd, into))
}

/// Writes some of it.
pub(crate) fn write(fd: BorrowedFd<'_>, from: &[u8]) -> Result<usize, Errno> {
    retry(|| unistd::write(fd, from))
}

/// Waits until one of them can be read or has hung up. `None` as time: for ever. All unready: the time is over.
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
        // The kernel answers with no bits but POLLIN and these three.
        let shown = fd.revents().unwrap_or(PollFlags::POLLERR);
        Ready {
            readable: shown.contains(PollFlags::POLLIN),
            hung_up: shown.intersects(over),
        }
    }))
}

/// Calls again for as long as a signal interrupts the call.
pub(super) fn retry<T>(mut call: impl FnMut() -> nix::Result<T>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(nix::errno::Errno::EINTR) => {}
            other => return other.map_err(Errno::from_nix),
        }
    }
}

/// nix rounds down: the last fraction of a millisecond would be spent in a busy loop.
fn round_up(time: Duration) -> PollTimeout {
    PollTimeout::try_from(time.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
}

fn close_range(first: c_int, last: c_int) {
    // SAFETY: takes no pointers; the callers' comments say why nobody misses these descriptors.
    if unsafe { syscall(libc::SYS_close_range, [first as usize, last as usize, 0]) }.is_err() {
        // Before 5.9, or under a filter that does not know the call.
        (first..=last.min(highest_possible())).for_each(close);
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
