//! The error numbers of the kernel: `errno(3)`.

use std::io;

use nix::errno::ErrnoSentinel;
use nix::libc;

/// An error number of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(i32);

impl Errno {
    pub(crate) const PERM: Self = Self(libc::EPERM);
    pub(crate) const NOENT: Self = Self(libc::ENOENT);
    pub(crate) const SRCH: Self = Self(libc::ESRCH);
    pub(crate) const INTR: Self = Self(libc::EINTR);
    pub(crate) const AGAIN: Self = Self(libc::EAGAIN);
    pub(crate) const ACCES: Self = Self(libc::EACCES);
    pub(crate) const BUSY: Self = Self(libc::EBUSY);
    pub(crate) const TIMEDOUT: Self = Self(libc::ETIMEDOUT);
    pub(crate) const EXIST: Self = Self(libc::EEXIST);
    pub(crate) const NOTDIR: Self = Self(libc::ENOTDIR);
    pub(crate) const ISDIR: Self = Self(libc::EISDIR);
    pub(crate) const INVAL: Self = Self(libc::EINVAL);
    pub(crate) const LOOP: Self = Self(libc::ELOOP);
    pub(crate) const NOSPC: Self = Self(libc::ENOSPC);
    pub(crate) const NOMEM: Self = Self(libc::ENOMEM);
    pub(crate) const NODEV: Self = Self(libc::ENODEV);
    pub(crate) const ROFS: Self = Self(libc::EROFS);
    pub(crate) const USERS: Self = Self(libc::EUSERS);
    pub(crate) const NAMETOOLONG: Self = Self(libc::ENAMETOOLONG);
    pub(crate) const NOSYS: Self = Self(libc::ENOSYS);
    pub(crate) const CHILD: Self = Self(libc::ECHILD);
    pub(crate) const IO: Self = Self(libc::EIO);
    pub(crate) const CONNRESET: Self = Self(libc::ECONNRESET);
    pub(crate) const PIPE: Self = Self(libc::EPIPE);
    pub(crate) const NETUNREACH: Self = Self(libc::ENETUNREACH);
    pub(crate) const NOBUFS: Self = Self(libc::ENOBUFS);
    pub(crate) const OPNOTSUPP: Self = Self(libc::EOPNOTSUPP);
    pub(crate) const AFNOSUPPORT: Self = Self(libc::EAFNOSUPPORT);
    pub(crate) const MFILE: Self = Self(libc::EMFILE);
    pub(crate) const NFILE: Self = Self(libc::ENFILE);
    pub(crate) const FBIG: Self = Self(libc::EFBIG);
    pub(crate) const DQUOT: Self = Self(libc::EDQUOT);

    /// Returns the number, as in `errno.h`.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    pub(crate) const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Converts the error of a nix function. It is not a `From`, which would make nix's type
    /// public.
    ///
    /// nix has no value for an unknown number. errno still contains the number then.
    pub(crate) fn from_nix(errno: nix::errno::Errno) -> Self {
        match errno {
            nix::errno::Errno::UnknownErrno => Self(nix::errno::Errno::last_raw()),
            known => Self(known as i32),
        }
    }

    /// Returns the errno of an `io::Error`. An error without one is EINVAL if std refused an
    /// argument (such as a path with a NUL byte), and else EIO.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        let of_std = match error.kind() {
            io::ErrorKind::InvalidInput => Self::INVAL,
            _ => Self::IO,
        };
        error.raw_os_error().map_or(of_std, Self::from_number)
    }

    /// Returns the errno of this thread's last call.
    pub(super) fn last() -> Self {
        Self(nix::errno::Errno::last_raw())
    }
}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(errno.0)
    }
}

/// Converts a result in the convention of manual section 2: `-1` means that errno contains the
/// reason.
pub(super) fn check<T: ErrnoSentinel + PartialEq>(result: T) -> Result<T, Errno> {
    // Not nix's `result`, which has no value for an unknown number.
    if result == T::sentinel() {
        return Err(Errno::last());
    }
    Ok(result)
}

/// Repeats the call while a signal interrupts it.
pub(super) fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}
