//! The second name of a uts namespace: `setdomainname(2)`.

use std::ffi::CStr;

use nix::libc;

use super::Errno;
use super::errno::check;

/// Sets the NIS domain name. A raw call, because nix has no `setdomainname`.
pub(crate) fn set_domain_name(name: &CStr) -> Result<(), Errno> {
    // SAFETY: the length is the C string's own.
    check(unsafe { libc::setdomainname(name.as_ptr(), name.count_bytes()) }).map(drop)
}
