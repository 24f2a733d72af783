//! Calls that namespaces isolate: identities, names, mounts, clocks, the network.

use std::ffi::c_int;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::Duration;

use super::{c_string, check};

/// Calls `unshare(2)`.
///
/// # Errors
/// Its errno.
pub fn unshare(flags: c_int) -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::unshare(flags) }).map(drop)
}

/// Calls `setuid(2)`.
///
/// # Errors
/// Its errno.
pub fn set_uid(uid: u32) -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setuid(uid) }).map(drop)
}

/// Calls `setgroups(2)`.
///
/// # Errors
/// Its errno.
pub fn set_groups(groups: &[u32]) -> io::Result<()> {
    // SAFETY: the list has the stated length.
    check(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) }).map(drop)
}

/// Calls `sethostname(2)`.
///
/// # Errors
/// Its errno.
pub fn set_host_name(name: &str) -> io::Result<()> {
    // SAFETY: the length is that of the text.
    check(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) }).map(drop)
}

/// Calls `setdomainname(2)`.
///
/// # Errors
/// Its errno.
pub fn set_domain_name(name: &str) -> io::Result<()> {
    // SAFETY: the length is that of the text.
    check(unsafe { libc::setdomainname(name.as_ptr().cast(), name.len()) }).map(drop)
}

/// Calls `mount(2)`.
///
/// # Errors
/// Its errno.
pub fn mount(source: &str, target: &str, kind: &str, flags: libc::c_ulong) -> io::Result<()> {
    let [source, target, kind] = [source, target, kind].map(c_string);
    // SAFETY: C strings, and a null pointer for no data.
    let mounted = unsafe {
        libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            std::ptr::null(),
        )
    };
    check(mounted).map(drop)
}

/// Calls `umount2(2)` with `MNT_DETACH`.
///
/// # Errors
/// Its errno.
pub fn unmount(target: &str) -> io::Result<()> {
    let target = c_string(target);
    // SAFETY: a C string.
    check(unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) }).map(drop)
}

/// Returns the time of a clock: `clock_gettime(2)`.
///
/// # Panics
/// If there is no such clock.
#[must_use]
pub fn clock(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::clock_gettime(clock, &raw mut time) }).expect("the clock exists");
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Sends an echo request to 127.0.0.1 over a datagram ICMP socket, as unprivileged ping does, and
/// waits for the reply: `icmp(7)`.
///
/// # Errors
/// The errno of the call that failed.
pub fn ping() -> io::Result<()> {
    // SAFETY: takes no pointers.
    let raw = check(unsafe {
        libc::socket(
            libc::AF_INET,
            libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
            libc::IPPROTO_ICMP,
        )
    })?;
    // SAFETY: the kernel has just made this descriptor.
    let socket = std::net::UdpSocket::from(unsafe { OwnedFd::from_raw_fd(raw) });
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    const ECHO_REQUEST: u8 = 8;
    socket.send_to(&[ECHO_REQUEST, 0, 0, 0, 0, 0, 0, 1], "127.0.0.1:0")?;
    socket.recv(&mut [0; 64]).map(drop)
}

/// Calls `mount(2)` with options of the file system.
///
/// # Errors
/// Its errno.
pub fn mount_with(source: &str, target: &str, kind: &str, options: &str) -> io::Result<()> {
    let [source, target, kind, options] = [source, target, kind, options].map(c_string);
    // SAFETY: C strings.
    let mounted = unsafe {
        libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            0,
            options.as_ptr().cast(),
        )
    };
    check(mounted).map(drop)
}
