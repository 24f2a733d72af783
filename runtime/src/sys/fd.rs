//! Descriptors: `pipe(2)`, `dup(2)`, `poll(2)`, `close_range(2)`.

use std::ffi::{CStr, c_int};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::stat::Mode;
use nix::unistd::{self, SysconfVar};

use super::Errno;
use super::process::Forked;
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

/// A standard stream: descriptor 0, 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdin,
    Stdout,
    Stderr,
}

impl Stream {
    pub(crate) const ALL: [Self; 3] = [Self::Stdin, Self::Stdout, Self::Stderr];
}

/// Makes the stream another name of `from`'s open file, without close-on-exec.
pub(crate) fn dup_onto(from: BorrowedFd<'_>, to: Stream) -> Result<(), Errno> {
    let dup = if from.as_raw_fd() == to as c_int {
        // dup2 would leave close-on-exec as it is.
        fcntl(from, FcntlArg::F_SETFD(FdFlag::empty())).map(drop)
    } else {
        match to {
            Stream::Stdin => unistd::dup2_stdin(from),
            Stream::Stdout => unistd::dup2_stdout(from),
            Stream::Stderr => unistd::dup2_stderr(from),
        }
    };
    dup.map_err(Errno::from_nix)
}

/// Opens a file as this stream.
pub(crate) fn open_onto(path: &CStr, flags: OFlag, to: Stream) -> Result<(), Errno> {
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

/// Closes all descriptors but the three standard streams and those in `kept`.
///
/// Values in the frames of the process that this one is a copy of own some of them. The token says that they are never dropped.
pub(crate) fn close_all_but<const COUNT: usize>(_forked: &Forked, kept: [BorrowedFd<'_>; COUNT]) {
    let mut kept = kept.map(|fd| fd.as_raw_fd());
    kept.sort_unstable();
    let mut from = Stream::ALL.len() as c_int;
    for number in kept {
        if number > from {
            close_range(from, number - 1);
        }
        from = from.max(number + 1);
    }
    close_range(from, c_int::MAX);
}

/// Closes the three standard streams, which std takes for open.
pub(crate) fn close_streams(_forked: &Forked) {
    for stream in Stream::ALL {
        let _ = unistd::close(stream as c_int);
    }
}

/// Leaves the descriptor open for the whole life of the process.
pub(crate) fn leak(fd: OwnedFd) -> BorrowedFd<'static> {
    let fd = fd.into_raw_fd();
    // SAFETY: it is open, and nothing owns it any more that could close it.
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
    // SAFETY: takes no pointers.
    if unsafe { syscall(libc::SYS_close_range, [first as usize, last as usize, 0]) }.is_err() {
        // Before 5.9, or under a filter that does not know the call.
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
