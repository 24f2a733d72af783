//! Descriptors.

use std::ffi::{CString, c_int};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::check;

/// Calls `dup(2)`: programs inherit the copy, unlike std's descriptors.
///
/// # Errors
/// Its errno.
pub fn dup(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: takes no pointers.
    let raw = check(unsafe { libc::dup(fd.as_raw_fd()) })?;
    // SAFETY: the kernel has just made this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Closes a descriptor of the process, std's own included.
pub fn close(fd: c_int) {
    // SAFETY: takes no pointers; the calling tests no longer use the descriptor.
    unsafe { libc::close(fd) };
}

/// Calls `pipe2(2)`: returns the read end first. Both are closed on exec.
///
/// # Errors
/// Its errno.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: the array has room for the two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: the kernel has just made this descriptor; it has no other owner.
    let reader = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: the same.
    Ok((reader, unsafe { OwnedFd::from_raw_fd(ends[1]) }))
}

/// Calls `dup2(2)`: makes a copy with this number, which programs inherit.
///
/// # Errors
/// Its errno.
pub fn dup_to(from: c_int, to: c_int) -> io::Result<()> {
    // SAFETY: takes no pointers; no owner in these tests has this number.
    check(unsafe { libc::dup2(from, to) }).map(drop)
}

/// Returns whether the caller may write to the file at the path: `access(2)`.
#[must_use]
pub fn may_write(path: &Path) -> bool {
    let path = c_path(path);
    // SAFETY: a C string.
    unsafe { libc::access(path.as_ptr(), libc::W_OK) == 0 }
}

/// Returns whether the mount of the path has `nodev`: `statvfs(3)`.
#[must_use]
pub fn forbids_devices(path: &Path) -> bool {
    let path = c_path(path);
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut facts: libc::statvfs = unsafe { mem::zeroed() };
    // SAFETY: a C string, and a structure that outlives the call.
    let asked = unsafe { libc::statvfs(path.as_ptr(), &raw mut facts) };
    asked == 0 && facts.f_flag & libc::ST_NODEV != 0
}

/// Returns whether files can be created in the path's file system. In proc and sysfs, only the
/// kernel creates files.
#[must_use]
pub fn is_made_for_files(path: &Path) -> bool {
    let path = c_path(path);
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut facts: libc::statfs = unsafe { mem::zeroed() };
    // SAFETY: a C string, and a structure that outlives the call.
    let asked = unsafe { libc::statfs(path.as_ptr(), &raw mut facts) };
    let closed = [
        libc::PROC_SUPER_MAGIC,
        libc::SYSFS_MAGIC,
        libc::DEBUGFS_MAGIC,
        libc::SECURITYFS_MAGIC,
    ];
    // The types of both differ between C libraries and word sizes.
    let kind = i128::from(facts.f_type);
    asked == 0 && !closed.into_iter().any(|known| i128::from(known) == kind)
}

fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no NUL in a path of the kernel's")
}

/// A descriptor of a process: `pidfd_open(2)`.
#[derive(Debug)]
pub struct Pidfd(OwnedFd);

impl Pidfd {
    /// Opens the descriptor.
    ///
    /// # Errors
    /// Its errno.
    pub fn open(pid: u32) -> io::Result<Self> {
        // SAFETY: takes numbers.
        let opened = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        let raw = check(c_int::try_from(opened).unwrap_or(-1))?;
        // SAFETY: the kernel has just made this descriptor.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(raw) }))
    }

    /// Sends a signal to this process, even if its pid has been reused: `pidfd_send_signal(2)`.
    ///
    /// # Errors
    /// Its errno.
    pub fn signal(&self, signal: c_int) -> io::Result<()> {
        let no_info = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: for a null pointer the kernel fills in what kill(2) would send.
        let sent = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.0.as_raw_fd(),
                signal,
                no_info,
                0,
            )
        };
        check(c_int::try_from(sent).unwrap_or(-1)).map(drop)
    }
}

/// Sets `O_NONBLOCK` on the open file: `fcntl(2)`.
///
/// # Errors
/// Its errno.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: takes numbers.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    // SAFETY: takes numbers.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) }).map(drop)
}

/// Returns whether the open file has `O_NONBLOCK`.
///
/// # Errors
/// The errno of `fcntl(2)`.
pub fn is_nonblocking(fd: BorrowedFd<'_>) -> io::Result<bool> {
    // SAFETY: takes numbers.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    Ok(flags & libc::O_NONBLOCK != 0)
}
