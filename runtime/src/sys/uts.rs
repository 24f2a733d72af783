//! The two names of a uts namespace: `sethostname(2)`, `setdomainname(2)`.

use std::ffi::CStr;

use super::Errno;
use super::errno::check;

pub(crate) fn set_host_name(name: &CStr) -> Result<(), Errno> {
    // SAFETY: the length is the C string's own.
    check(unsafe { libc::sethostname(name.as_ptr(), name.count_bytes()) }).map(drop)
}

pub(crate) fn set_domain_name(name: &CStr) -> Result<(), Errno> {
    // SAFETY: the length is the C string's own.
    check(unsafe { libc::setdomainname(name.as_ptr(), name.count_bytes()) }).map(drop)
}
