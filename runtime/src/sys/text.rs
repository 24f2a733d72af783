//! Text for system calls: C strings, and text on the stack for code that must not allocate.

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;

use super::Errno;

/// Returns a path or another text as a C string. EINVAL: it contains a NUL byte.
pub(crate) fn c_string(text: impl AsRef<OsStr>) -> Result<CString, Errno> {
    CString::new(text.as_ref().as_bytes()).map_err(|_nul| Errno::INVAL)
}

/// A short NUL-terminated text on the stack, which replaces `format!` in code that must not
/// allocate.
#[derive(Clone, Copy)]
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

    /// Appends as much as fits; the last byte stays NUL.
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
