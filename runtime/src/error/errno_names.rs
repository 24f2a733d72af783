//! The names and meanings of error numbers: `errno(3)`.

use std::fmt;
use std::io;

use crate::sys::Errno;

impl Errno {
    /// Returns its name in errno(3). `None`: the manual does not list the number, such as 512 and
    /// above, which are internal to the kernel.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES
            .iter()
            .find(|(number, _)| *number == self.number())
            .map(|(_, name)| *name)
    }

    /// Returns the C library's description of it, in lower case.
    #[must_use]
    pub fn meaning(self) -> String {
        let whole = io::Error::from_raw_os_error(self.number()).to_string();
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
            None => write!(out, "errno {} ({})", self.number(), self.meaning()),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => out.write_str(name),
            None => write!(out, "errno {}", self.number()),
        }
    }
}

/// The names of `errno(3)`.
macro_rules! names {
    ($($name:ident)*) => { &[$((nix::errno::Errno::$name as i32, stringify!($name)),)*] };
}

const NAMES: &[(i32, &str)] = names! {
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES
    EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY
    ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK
    ENOSYS ENOTEMPTY ELOOP ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH
    ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT EBFONT ENOSTR ENODATA ETIME
    ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG
    EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ
    ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT
    EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE
    EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN
    ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY
    EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM
    EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD
    ENOTRECOVERABLE ERFKILL EHWPOISON
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_that_nix_knows_has_its_name() {
        for number in 1..4096 {
            let known = nix::errno::Errno::from_raw(number);
            let errno = Errno::from_number(number);
            match known {
                nix::errno::Errno::UnknownErrno => assert_eq!(errno.name(), None, "{number}"),
                known => assert_eq!(errno.name(), Some(&*format!("{known:?}")), "{number}"),
            }
        }
    }

    #[test]
    fn an_unknown_number_keeps_its_value() {
        for number in [512, 524, 4095] {
            nix::errno::Errno::set_raw(number);
            let errno = Errno::from_nix(nix::errno::Errno::last());
            assert_eq!(errno.number(), number);
            assert!(
                errno.to_string().starts_with(&format!("errno {number} (")),
                "{errno}"
            );
        }
    }
}
