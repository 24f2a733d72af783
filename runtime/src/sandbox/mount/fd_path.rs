//! Descriptors as paths, for mounts.

use std::ffi::CStr;
use std::os::fd::RawFd;

use crate::sys::Text;

/// A path that names an open descriptor in calls that take paths: `/proc/self/fd/N`.
pub(super) struct FdPath(Text<32>);

impl FdPath {
    pub(super) fn new(fd: RawFd) -> Self {
        let mut path = Text::new();
        path.push(b"/proc/self/fd/");
        path.push_number(fd.unsigned_abs());
        Self(path)
    }

    pub(super) fn as_c_str(&self) -> &CStr {
        self.0.as_c_str()
    }
}
