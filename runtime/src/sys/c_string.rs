//! Text for a system call.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;

use super::Errno;

/// Returns a path or another text as a C string. EINVAL: it contains a NUL byte.
pub(crate) fn c_string(text: impl AsRef<OsStr>) -> Result<CString, Errno> {
    CString::new(text.as_ref().as_bytes()).map_err(|_nul| Errno::INVAL)
}
