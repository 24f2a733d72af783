//! Objects of System V and POSIX IPC.

use std::ffi::CStr;
use std::io;

use super::{c_string, check, close};

/// Opens the System V shared memory segment of this key, or creates it.
///
/// # Errors
/// The errno of `shmget(2)`.
pub fn shared_memory(key: i32, create: bool) -> io::Result<()> {
    let flags = if create {
        libc::IPC_CREAT | libc::IPC_EXCL | 0o600
    } else {
        0
    };
    // SAFETY: takes no pointers.
    check(unsafe { libc::shmget(key, 4096, flags) }).map(drop)
}

/// Opens the System V semaphores of this key, or creates them.
///
/// # Errors
/// The errno of `semget(2)`.
pub fn semaphores(key: i32, create: bool) -> io::Result<()> {
    let flags = if create {
        libc::IPC_CREAT | libc::IPC_EXCL | 0o600
    } else {
        0
    };
    // SAFETY: takes no pointers.
    check(unsafe { libc::semget(key, 1, flags) }).map(drop)
}

/// Opens the System V message queue of this key, or creates it.
///
/// # Errors
/// The errno of `msgget(2)`.
pub fn message_queue(key: i32, create: bool) -> io::Result<()> {
    let flags = if create {
        libc::IPC_CREAT | libc::IPC_EXCL | 0o600
    } else {
        0
    };
    // SAFETY: takes no pointers.
    check(unsafe { libc::msgget(key, flags) }).map(drop)
}

/// Creates a POSIX message queue.
///
/// # Errors
/// The errno of `mq_open(3)`.
pub fn posix_queue(name: &str) -> io::Result<()> {
    let name = c_string(name);
    let no_attributes = std::ptr::null_mut::<libc::mq_attr>();
    // SAFETY: a C string, and the two arguments that O_CREAT requires.
    let queue = unsafe {
        libc::mq_open(
            name.as_ptr(),
            libc::O_CREAT | libc::O_EXCL,
            0o600 as libc::mode_t,
            no_attributes,
        )
    };
    check(queue).map(drop)
}

/// Returns whether a POSIX message queue of this name exists.
#[must_use]
pub fn has_posix_queue(name: &str) -> bool {
    let name = c_string(name);
    // SAFETY: a C string.
    let queue = unsafe { libc::mq_open(name.as_ptr(), libc::O_RDONLY) };
    if queue != -1 {
        close(queue);
    }
    queue != -1
}

/// Calls `mq_unlink(3)`.
///
/// # Errors
/// Its errno.
pub fn remove_posix_queue(name: &str) -> io::Result<()> {
    let name = c_string(name);
    // SAFETY: a C string.
    check(unsafe { libc::mq_unlink(name.as_ptr()) }).map(drop)
}

/// Creates POSIX shared memory.
///
/// # Errors
/// The errno of `shm_open(3)`.
pub fn posix_memory(name: &str) -> io::Result<()> {
    let name = c_string(name);
    // SAFETY: a C string.
    check(unsafe {
        libc::shm_open(
            name.as_ptr(),
            libc::O_CREAT | libc::O_EXCL | libc::O_RDWR,
            0o600,
        )
    })
    .map(drop)
}

/// Creates a POSIX semaphore.
///
/// # Errors
/// The errno of `sem_open(3)`.
pub fn posix_semaphore(name: &CStr) -> io::Result<()> {
    // SAFETY: a C string, and the two arguments that O_CREAT requires.
    let semaphore = unsafe {
        libc::sem_open(
            name.as_ptr(),
            libc::O_CREAT | libc::O_EXCL,
            0o600 as libc::c_uint,
            1 as libc::c_uint,
        )
    };
    if semaphore.is_null() {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
