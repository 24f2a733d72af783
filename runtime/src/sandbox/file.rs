//! Small files of /proc and the creation of mount points, without allocation.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{OFlag, open};
use nix::sys::stat::{self, Mode, SFlag};
use nix::unistd::{self, Gid, Uid, chown};

use crate::sys::{Errno, fd};

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
    let file = open(path, flags, Mode::from_bits_retain(mode)).map_err(Errno::from_nix)?;
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

/// Makes a directory: `mkdir(2)`.
pub(crate) fn make_directory(path: &CStr, mode: u32) -> Result<(), Errno> {
    unistd::mkdir(path, Mode::from_bits_retain(mode)).map_err(Errno::from_nix)
}
