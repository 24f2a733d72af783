//! Files: `ioctl_ficlone(2)`, `xattr(7)`, `flock(2)`, `readlinkat(2)`.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg, Flockable};
use nix::libc;

use super::errno::check;
use super::{Errno, c_string};

/// Makes a file share the blocks of another until one of them is written: `ioctl_ficlone(2)`, which
/// nix does not have.
pub(crate) fn clone(from: &std::fs::File, to: &std::fs::File) -> Result<(), Errno> {
    let (from, to) = (from.as_raw_fd(), to.as_raw_fd());
    // SAFETY: takes two descriptors and no pointers.
    check(unsafe { libc::ioctl(to, libc::FICLONE, from) }).map(drop)
}

/// Returns whether an extended attribute has this value: `getxattr(2)`, which nix does not have.
/// Allocates.
pub(crate) fn attribute_is(path: &Path, name: &str, value: &[u8]) -> bool {
    let (Ok(path), Ok(name)) = (c_string(path), c_string(name)) else {
        return false;
    };
    let mut found = [0; 16];
    // SAFETY: two C strings, and a buffer of the given length.
    let length = unsafe {
        libc::getxattr(
            path.as_ptr(),
            name.as_ptr(),
            found.as_mut_ptr().cast(),
            found.len(),
        )
    };
    usize::try_from(length).is_ok_and(|length| found.get(..length) == Some(value))
}

/// Locks an open file: `flock(2)`. Waits for other owners of the lock, except with the flags that
/// end in `Nonblock`. The lock lasts as long as the descriptor.
pub(crate) fn lock<T: Flockable>(mut file: T, how: FlockArg) -> Result<Flock<T>, Errno> {
    loop {
        match Flock::lock(file, how) {
            Ok(locked) => return Ok(locked),
            Err((again, nix::errno::Errno::EINTR)) => file = again,
            Err((_, errno)) => return Err(Errno::from_nix(errno)),
        }
    }
}

/// Reads the text of the symbolic link that the handle refers to, and returns its length:
/// `readlinkat(2)`. A raw call, because nix's allocates twice.
pub(crate) fn read_link(handle: BorrowedFd<'_>, into: &mut [u8]) -> Result<usize, Errno> {
    let (this, start) = (c"".as_ptr(), into.as_mut_ptr().cast());
    // SAFETY: the path is a C string, and the kernel writes at most the buffer's length.
    let length = unsafe { libc::readlinkat(handle.as_raw_fd(), this, start, into.len()) };
    check(length).map(|length| length as usize)
}
