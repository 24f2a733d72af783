//! Attributes that children inherit: `fork(2)`, `execve(2)`.

use std::ffi::{CString, c_int, c_long, c_ulong};
use std::io;
use std::mem;

use super::check;

/// Ignores a signal.
pub fn ignore(signal: c_int) {
    // SAFETY: SIG_IGN is not a handler function.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// Blocks a signal.
///
/// # Errors
/// The errno of `sigprocmask(2)`.
pub fn block(signal: c_int) -> io::Result<()> {
    // SAFETY: the set is an array of integers, for which zero is a value.
    let mut set: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the set outlives the call.
    unsafe { libc::sigaddset(&raw mut set, signal) };
    // SAFETY: the set outlives the call.
    check(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) })
        .map(drop)
}

/// Calls `umask(2)`: returns the old mask.
pub fn umask(mask: u32) -> u32 {
    // SAFETY: can't fail.
    unsafe { libc::umask(mask) }
}

/// Lowers the caller's soft limit: `setrlimit(2)`.
///
/// # Errors
/// Its errno.
pub fn lower_open_files(most: libc::rlim_t) -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    limit.rlim_cur = most;
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }).map(drop)
}

/// Lowers the caller's priority: `nice(2)`.
pub fn be_nicer(by: c_int) {
    // SAFETY: takes a number.
    unsafe { libc::nice(by) };
}

/// Calls `sched_setscheduler(2)` with `SCHED_BATCH`.
///
/// # Errors
/// Its errno.
pub fn schedule_as_batch() -> io::Result<()> {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let parameters: libc::sched_param = unsafe { mem::zeroed() };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameters) })
        .map(drop)
}

/// Calls `sched_getscheduler(2)`.
#[must_use]
pub fn scheduling_policy() -> c_int {
    // SAFETY: takes a number.
    unsafe { libc::sched_getscheduler(0) }
}

/// Calls `ioprio_set(2)` for the caller.
///
/// # Errors
/// Its errno.
pub fn set_io_priority(priority: c_int) -> io::Result<()> {
    const PROCESS: c_int = 1;
    let arguments = (c_long::from(PROCESS), 0 as c_long, c_long::from(priority));
    // SAFETY: takes numbers.
    let set = unsafe { libc::syscall(libc::SYS_ioprio_set, arguments.0, arguments.1, arguments.2) };
    if set == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Calls `ioprio_get(2)` of the caller.
#[must_use]
pub fn io_priority() -> c_long {
    // SAFETY: takes numbers.
    unsafe { libc::syscall(libc::SYS_ioprio_get, 1 as c_long, 0 as c_long) }
}

/// Calls `prctl(2)` with an option that takes one number, or none.
///
/// # Errors
/// Its errno.
pub fn prctl(option: c_int, value: c_ulong) -> io::Result<c_int> {
    // SAFETY: the tests use only options that take numbers.
    check(unsafe { libc::prctl(option, value, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) })
}

/// Calls `personality(2)`: returns the old one.
pub fn personality(new: c_ulong) -> c_int {
    // SAFETY: takes a number.
    unsafe { libc::personality(new) }
}

/// Keeps `CAP_NET_RAW` across a change of uid: inheritable, then ambient.
///
/// # Errors
/// The errno of `capset(2)` or `prctl(2)`.
pub fn raise_ambient_net_raw() -> io::Result<()> {
    const VERSION_3: u32 = 0x2008_0522;
    const NET_RAW: u32 = 13;
    let header = [VERSION_3, 0];
    let mut sets = [0_u32; 6];
    // SAFETY: the header has two words, the data two times three.
    let got = unsafe { libc::syscall(libc::SYS_capget, header.as_ptr(), sets.as_mut_ptr()) };
    check(c_int::try_from(got).unwrap_or(-1))?;
    // Effective, permitted, inheritable.
    sets[2] |= 1 << NET_RAW;
    // SAFETY: the same.
    let set = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) };
    check(c_int::try_from(set).unwrap_or(-1))?;
    // SAFETY: takes numbers.
    check(unsafe {
        libc::prctl(
            libc::PR_CAP_AMBIENT,
            libc::PR_CAP_AMBIENT_RAISE as c_ulong,
            c_ulong::from(NET_RAW),
            0 as c_ulong,
            0 as c_ulong,
        )
    })
    .map(drop)
}

/// Prefers memory of node 0: `set_mempolicy(2)`.
///
/// # Errors
/// Its errno: ENOSYS on a kernel without NUMA support.
pub fn prefer_node_0() -> io::Result<()> {
    const PREFERRED: c_long = 1;
    let nodes: c_ulong = 1;
    // SAFETY: the mask outlives the call and has the stated number of bits.
    let set = unsafe {
        libc::syscall(
            libc::SYS_set_mempolicy,
            PREFERRED,
            &raw const nodes,
            c_ulong::from(c_ulong::BITS),
        )
    };
    check(c_int::try_from(set).unwrap_or(-1)).map(drop)
}

/// Returns the mode of `get_mempolicy(2)`.
#[must_use]
pub fn memory_policy() -> Option<c_int> {
    let mut mode: c_int = -1;
    let none = std::ptr::null::<c_ulong>();
    // SAFETY: the number outlives the call; null and 0 request nothing else.
    let got = unsafe {
        libc::syscall(
            libc::SYS_get_mempolicy,
            &raw mut mode,
            none,
            0 as c_ulong,
            none,
            0 as c_ulong,
        )
    };
    (got == 0).then_some(mode)
}

/// A keyring that each process can reach by this number: `keyrings(7)`.
pub const SESSION_KEYRING: c_int = -3;

/// The keyring of the user in its user namespace.
pub const USER_KEYRING: c_int = -4;

/// Starts a new session keyring: `keyctl(2)`.
///
/// # Errors
/// Its errno.
pub fn join_session_keyring() -> io::Result<()> {
    // SAFETY: null means a keyring without a name.
    let joined = unsafe { libc::syscall(libc::SYS_keyctl, 1 as c_long, 0 as c_ulong) };
    if joined == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Adds a key of type `user` to a keyring: `add_key(2)`.
///
/// # Errors
/// Its errno.
pub fn add_key(name: &str, keyring: c_int) -> io::Result<()> {
    let (kind, name) = (c"user", c_string(name));
    // SAFETY: C strings, and a payload of one byte.
    let added = unsafe {
        libc::syscall(
            libc::SYS_add_key,
            kind.as_ptr(),
            name.as_ptr(),
            c"x".as_ptr(),
            1 as c_ulong,
            c_long::from(keyring),
        )
    };
    if added == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Returns whether a keyring has a key of type `user`: `keyctl(2)`, `KEYCTL_SEARCH`.
#[must_use]
pub fn has_key(name: &str, keyring: c_int) -> bool {
    const SEARCH: c_long = 10;
    let name = c_string(name);
    // SAFETY: C strings; 0 as the destination links the key nowhere.
    let found = unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            SEARCH,
            c_long::from(keyring),
            c"user".as_ptr(),
            name.as_ptr(),
            0 as c_long,
        )
    };
    found != -1
}

fn c_string(text: &str) -> CString {
    CString::new(text).expect("no NUL in the texts of tests")
}
