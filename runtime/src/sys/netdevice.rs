//! Network links: the one ioctl of `netdevice(7)` that this crate needs.

use std::ffi::c_char;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use nix::libc;

use super::Errno;
use super::errno::check;

/// Sets `lo` up. The kernel gives it 127.0.0.1/8 and ::1/128 at the same moment, without duplicate address detection.
pub(crate) fn set_loopback_up() -> Result<(), Errno> {
    let socket = any_socket()?;
    // SAFETY: all fields of the structure are integers or arrays of them, for which zero is a value.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo\0") {
        *to = *from as c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // glibc takes the number as an unsigned long, musl as an int.
    let set_flags = libc::SIOCSIFFLAGS as _;
    // SAFETY: the request has a name and the flags to set, as SIOCSIFFLAGS asks.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), set_flags, &raw const request) }).map(drop)
}

/// The ioctl works on a socket of any family: where there is no IPv4, a Unix socket's driver passes it on as well.
fn any_socket() -> Result<OwnedFd, Errno> {
    let open = |family| {
        // SAFETY: takes no pointers.
        check(unsafe { libc::socket(family, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })
    };
    let fd = open(libc::AF_INET).or_else(|_no_ipv4| open(libc::AF_UNIX))?;
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
