//! Small files of /proc and the creation of mount points, without allocation.

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg, Flockable, OFlag};
use nix::libc;
use nix::sys::stat::{self, Mode, SFlag};
use nix::unistd::{self, Gid, Uid, chown};

use super::errno::check;
use super::fd;
use super::{Errno, c_string};

/// Writes the whole `content` with one `write(2)`, as the files of /proc require.
pub(crate) fn write_once(path: &CStr, content: &[u8]) -> Result<(), Errno> {
    let file = fd::open(path, OFlag::O_WRONLY)?;
    fd::write(file.as_fd(), content).map(drop)
}

/// Reads a file below a directory into `into` and returns the filled part.
pub(crate) fn read_at<'b>(
    directory: BorrowedFd<'_>,
    path: &CStr,
    into: &'b mut [u8],
) -> Result<&'b [u8], Errno> {
    let file = fd::open_at(directory, path, fd::READ)?;
    let mut filled = 0;
    while filled < into.len() {
        match fd::read(file.as_fd(), &mut into[filled..])? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(&into[..filled])
}

/// Creates a file with this content.
pub(crate) fn create(path: &CStr, mode: u32, content: &[u8]) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
    let file =
        nix::fcntl::open(path, flags, Mode::from_bits_retain(mode)).map_err(Errno::from_nix)?;
    let mut rest = content;
    while !rest.is_empty() {
        let written = fd::write(file.as_fd(), rest)?;
        rest = &rest[written..];
    }
    Ok(())
}

/// Opens a handle on the file at the path, which later mounts over the path do not affect:
/// `O_PATH`.
pub(crate) fn handle(path: &CStr) -> Result<OwnedFd, Errno> {
    fd::open(path, OFlag::O_PATH)
}

/// Type, mode and owner of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) is_directory: bool,
    /// Without the bits of the file type.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Returns the attributes of the file that the handle refers to.
pub(crate) fn attributes(handle: &OwnedFd) -> Result<Attributes, Errno> {
    let facts = stat::fstat(handle).map_err(Errno::from_nix)?;
    Ok(Attributes {
        is_directory: facts.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFDIR.bits(),
        mode: facts.st_mode & 0o7777,
        uid: facts.st_uid,
        gid: facts.st_gid,
    })
}

/// Changes the owner: `chown(2)`.
pub(crate) fn set_owner(path: &CStr, uid: u32, gid: u32) -> Result<(), Errno> {
    chown(path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))).map_err(Errno::from_nix)
}

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

/// Makes a directory: `mkdir(2)`.
pub(crate) fn make_directory(path: &CStr, mode: u32) -> Result<(), Errno> {
    unistd::mkdir(path, Mode::from_bits_retain(mode)).map_err(Errno::from_nix)
}
