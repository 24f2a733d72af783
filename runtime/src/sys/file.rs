//! Small files of /proc and the making of mount points, without an allocation.

use std::ffi::{CStr, CString};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::libc;

use super::Errno;
use super::errno::check;
use super::fd;

/// What kind of thing stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    /// Anything that can serve as the mount point of a file.
    Other,
}

/// Writes the whole of `content` by one `write(2)`: the files of /proc take a value only so.
pub(crate) fn write_once(path: &CStr, content: &[u8]) -> Result<(), Errno> {
    let file = fd::open(path, libc::O_WRONLY)?;
    fd::write(file.as_fd(), content).map(drop)
}

/// Reads a file below a directory into `into` and answers with the part that was filled.
pub(crate) fn read_at<'b>(
    directory: BorrowedFd<'_>,
    path: &CStr,
    into: &'b mut [u8],
) -> Result<&'b [u8], Errno> {
    let file = fd::open_at(directory, path, libc::O_RDONLY)?;
    let mut filled = 0;
    while filled < into.len() {
        match fd::read(file.as_fd(), &mut into[filled..])? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(&into[..filled])
}

/// A new file with this content.
pub(crate) fn create(path: &CStr, mode: u32, content: &[u8]) -> Result<(), Errno> {
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
    // SAFETY: the path is a C string, and the mode is there as O_CREAT asks.
    let raw = check(unsafe { libc::open(path.as_ptr(), flags, mode) })?;
    // SAFETY: the kernel has just made this descriptor for us.
    let file: OwnedFd = unsafe { std::os::fd::FromRawFd::from_raw_fd(raw) };
    let mut rest = content;
    while !rest.is_empty() {
        let written = fd::write(file.as_fd(), rest)?;
        rest = &rest[written..];
    }
    Ok(())
}

/// A handle on whatever stands at the path, which later mounts over the path can't change: `O_PATH`.
pub(crate) fn handle(path: &CStr) -> Result<OwnedFd, Errno> {
    fd::open(path, libc::O_PATH)
}

/// What stands behind the handle.
pub(crate) fn kind(handle: &OwnedFd) -> Result<Kind, Errno> {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut stat: libc::stat = unsafe { mem::zeroed() };
    let raw = std::os::fd::AsRawFd::as_raw_fd(handle);
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::fstat(raw, &raw mut stat) })?;
    Ok(if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
        Kind::Directory
    } else {
        Kind::Other
    })
}

/// Whether an extended attribute has this value: `getxattr(2)`. Allocates.
pub(crate) fn attribute_is(path: &Path, name: &str, value: &[u8]) -> bool {
    let (Ok(path), Ok(name)) = (
        CString::new(path.as_os_str().as_bytes()),
        CString::new(name),
    ) else {
        return false;
    };
    let mut found = [0; 16];
    // SAFETY: two C strings, and a buffer that is as long as said.
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

/// Opens a file, which is made if it is not there, and waits until nobody else has it locked: `flock(2)`. The lock lasts as long as
/// the descriptor.
pub(crate) fn lock(path: &CStr) -> Result<OwnedFd, Errno> {
    let flags = libc::O_RDONLY | libc::O_CREAT | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the path is a C string, and the mode is there as O_CREAT asks.
    let raw = check(unsafe { libc::open(path.as_ptr(), flags, 0o600) })?;
    // SAFETY: the kernel has just made this descriptor for us.
    let file: OwnedFd = unsafe { std::os::fd::FromRawFd::from_raw_fd(raw) };
    loop {
        // SAFETY: takes no pointers.
        match check(unsafe { libc::flock(raw, libc::LOCK_EX) }) {
            Err(Errno::INTR) => {}
            other => return other.map(|_| file),
        }
    }
}

/// `mkdir(2)`.
pub(crate) fn make_directory(path: &CStr, mode: u32) -> Result<(), Errno> {
    // SAFETY: the path is a C string.
    check(unsafe { libc::mkdir(path.as_ptr(), mode) }).map(drop)
}

/// Sets the caller's file creation mask and answers with the old one: `umask(2)`.
pub(crate) fn umask(mask: u32) -> u32 {
    // SAFETY: can't fail.
    unsafe { libc::umask(mask) }
}

/// A short text on the stack that ends in a NUL: what `format!` is where nothing may be allocated.
pub(crate) struct Text<const CAPACITY: usize> {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl<const CAPACITY: usize> Text<CAPACITY> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            length: 0,
        }
    }

    /// Appends what fits; the last byte stays NUL.
    pub(crate) fn push(&mut self, more: &[u8]) {
        let fits = more.len().min(CAPACITY - 1 - self.length);
        self.bytes[self.length..self.length + fits].copy_from_slice(&more[..fits]);
        self.length += fits;
    }

    /// Appends a number in decimal digits.
    pub(crate) fn push_number(&mut self, number: u32) {
        if number > 9 {
            self.push_number(number / 10);
        }
        self.push(&[b'0' + (number % 10) as u8]);
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(crate) fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"")
    }
}

/// The path under which an open descriptor can be named in a call that takes paths: `/proc/self/fd/N`.
pub(crate) struct FdPath(Text<32>);

impl FdPath {
    pub(crate) fn new(fd: std::os::fd::RawFd) -> Self {
        let mut path = Text::new();
        path.push(b"/proc/self/fd/");
        path.push_number(fd.unsigned_abs());
        Self(path)
    }

    pub(crate) fn as_c_str(&self) -> &CStr {
        self.0.as_c_str()
    }
}
