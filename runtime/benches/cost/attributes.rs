//! What a test gets in addition to namespaces, as bare system calls: docs/inherited.md.

#![expect(
    unsafe_code,
    reason = "the raw calls, without the library that is compared with them"
)]

use std::ffi::{CStr, c_int};
use std::ptr;

use crate::system_calls::{Refused, done};

pub(crate) fn lead_session() -> Result<(), Refused> {
    // SAFETY: takes no pointers.
    done(unsafe { libc::setsid() })
}

/// Starts a session keyring. A kernel without keys refuses that, as it does for a test.
pub(crate) fn join_session_keyring() {
    let (join, no_name) = (libc::KEYCTL_JOIN_SESSION_KEYRING, ptr::null::<u8>());
    // SAFETY: a null pointer means a keyring without a name.
    unsafe { libc::syscall(libc::SYS_keyctl, join, no_name) };
}

pub(crate) fn lead_process_group() -> Result<(), Refused> {
    // SAFETY: takes no pointers.
    done(unsafe { libc::setpgid(0, 0) })
}

/// Closes all but stdin, stdout and stderr.
pub(crate) fn close_descriptors() -> Result<(), Refused> {
    // SAFETY: no code of this process uses a descriptor afterwards.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, c_int::MAX, 0) };
    if closed == -1 { Err(Refused) } else { Ok(()) }
}

pub(crate) fn change_directory(path: &CStr) -> Result<(), Refused> {
    // SAFETY: the path is a C string.
    done(unsafe { libc::chdir(path.as_ptr()) })
}

pub(crate) fn be_dumpable() -> Result<(), Refused> {
    // SAFETY: takes no pointers.
    done(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1) })
}
