//! What all calls share.

use std::ffi::{CString, c_int};
use std::io;

/// Converts the result of a call that reports an error as -1 and errno.
pub(super) fn check(result: c_int) -> io::Result<c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

pub(super) fn c_string(text: &str) -> CString {
    CString::new(text).expect("no NUL in the texts of tests")
}
