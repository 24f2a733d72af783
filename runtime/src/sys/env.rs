//! The process environment. Unlike the rest of `sys/` this allocates. Only the body uses it.

use std::ffi::OsStr;

use super::thread::SingleThreaded;

/// Sets a variable.
#[expect(clippy::disallowed_methods, reason = "the one place for it")]
pub(crate) fn set(_alone: &SingleThreaded, key: &OsStr, value: &OsStr) {
    // SAFETY: the proof shows that no other thread can read the environment meanwhile.
    unsafe { std::env::set_var(key, value) };
}

/// Removes a variable.
pub(crate) fn remove(_alone: &SingleThreaded, key: &OsStr) {
    // SAFETY: the proof shows that no other thread can read the environment meanwhile.
    unsafe { std::env::remove_var(key) };
}
