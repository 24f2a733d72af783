//! The two names of a uts namespace: `sethostname(2)`, `setdomainname(2)`.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;

use nix::libc;
use nix::unistd::sethostname;

use super::Errno;
use super::errno::check;

pub(crate) fn set_host_name(name: &CStr) -> Result<(), Errno> {
    sethostname(OsStr::from_bytes(name.to_bytes())).map_err(Errno::from_nix)
}

/// Sets the NIS domain name. A raw call, because nix has no `setdomainname`.
pub(crate) fn set_domain_name(name: &CStr) -> Result<(), Errno> {
    // SAFETY: the length is the C string's own.
    check(unsafe { libc::setdomainname(name.as_ptr(), name.count_bytes()) }).map(drop)
}
