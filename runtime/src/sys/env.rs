//! The process environment. Unlike the rest of the fence this allocates: for the body, which may.

use std::ffi::OsStr;

use super::thread::SingleThreaded;

/// Sets a variable.
#[expect(clippy::disallowed_methods, reason = "the one place for it")]
pub(crate) fn set(_alone: &SingleThreaded, key: &OsStr, value: &OsStr) {
    // SAFETY: no other thread can read the environment meanwhile, the proof says.
    unsafe { std::env::set_var(key, value) };
}

/// Removes a variable.
pub(crate) fn remove(_alone: &SingleThreaded, key: &OsStr) {
    // SAFETY: no other thread can read the environment meanwhile, the proof says.
    unsafe { std::env::remove_var(key) };
}
