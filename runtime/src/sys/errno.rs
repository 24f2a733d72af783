//! What the kernel answers when it refuses: `errno(3)`.

use std::fmt;
use std::io;

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
    pub(crate) const MFILE: Self = Self(libc::EMFILE);
    pub(crate) const NFILE: Self = Self(libc::ENFILE);
    pub(crate) const FBIG: Self = Self(libc::EFBIG);
    pub(crate) const DQUOT: Self = Self(libc::EDQUOT);

    /// The number, as in `errno.h`.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    pub(crate) const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Converts the error of a nix function. It is no `From`, which would make nix's type public.
    ///
    /// nix has no value for a number that it does not know. errno still holds it then.
    pub(crate) fn from_nix(errno: nix::errno::Errno) -> Self {
        match errno {
            nix::errno::Errno::UnknownErrno => Self(nix::errno::Errno::last_raw()),
            known => Self(known as i32),
        }
    }

    /// The errno in an error of std's. EIO where it has none.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        error.raw_os_error().map_or(Self::IO, Self::from_number)
    }

    /// The errno of the call that this thread made last.
    pub(super) fn last() -> Self {
        Self(nix::errno::Errno::last_raw())
    }

    /// Its name in the manual, where the kernel's calls that this crate makes can give it.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES
            .iter()
            .find(|(number, _)| *number == self.0)
            .map(|(_, name)| *name)
    }

    /// The C library's words for it, in lower case.
    #[must_use]
    pub fn meaning(self) -> String {
        let whole = io::Error::from_raw_os_error(self.0).to_string();
        let words = whole.split(" (os error").next().unwrap_or(&whole);
        let mut letters = words.chars();
        letters
            .next()
            .map(|first| first.to_lowercase().chain(letters).collect())
            .unwrap_or_default()
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(out, "{name} ({})", self.meaning()),
            None => write!(out, "errno {} ({})", self.0, self.meaning()),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => out.write_str(name),
            None => write!(out, "errno {}", self.0),
        }
    }
}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(errno.0)
    }
}

/// `-1` means that errno holds the reason: the convention of section 2 of the manual.
pub(super) fn check(result: libc::c_int) -> Result<libc::c_int, Errno> {
    if result == -1 {
        Err(Errno::last())
    } else {
        Ok(result)
    }
}

/// The same for calls that answer with a long: `syscall(2)`, `read(2)`, `write(2)`.
pub(super) fn check_long(result: isize) -> Result<usize, Errno> {
    usize::try_from(result).map_err(|_negative| Errno::last())
}

const NAMES: &[(i32, &str)] = &[
    (libc::EPERM, "EPERM"),
    (libc::ENOENT, "ENOENT"),
    (libc::ESRCH, "ESRCH"),
    (libc::EINTR, "EINTR"),
    (libc::EIO, "EIO"),
    (libc::ENXIO, "ENXIO"),
    (libc::E2BIG, "E2BIG"),
    (libc::ENOEXEC, "ENOEXEC"),
    (libc::EBADF, "EBADF"),
    (libc::ECHILD, "ECHILD"),
    (libc::EAGAIN, "EAGAIN"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::EACCES, "EACCES"),
    (libc::EFAULT, "EFAULT"),
    (libc::EBUSY, "EBUSY"),
    (libc::EEXIST, "EEXIST"),
    (libc::EXDEV, "EXDEV"),
    (libc::ENODEV, "ENODEV"),
    (libc::ENOTDIR, "ENOTDIR"),
    (libc::EISDIR, "EISDIR"),
    (libc::EINVAL, "EINVAL"),
    (libc::ENFILE, "ENFILE"),
    (libc::EMFILE, "EMFILE"),
    (libc::ENOTTY, "ENOTTY"),
    (libc::EFBIG, "EFBIG"),
    (libc::ENOSPC, "ENOSPC"),
    (libc::EROFS, "EROFS"),
    (libc::EPIPE, "EPIPE"),
    (libc::ERANGE, "ERANGE"),
    (libc::ENAMETOOLONG, "ENAMETOOLONG"),
    (libc::ENOSYS, "ENOSYS"),
    (libc::ENOTEMPTY, "ENOTEMPTY"),
    (libc::ELOOP, "ELOOP"),
    (libc::EUSERS, "EUSERS"),
    (libc::EOPNOTSUPP, "EOPNOTSUPP"),
    (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
    (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
    (libc::ECONNRESET, "ECONNRESET"),
    (libc::EOVERFLOW, "EOVERFLOW"),
    (libc::ETIMEDOUT, "ETIMEDOUT"),
];
