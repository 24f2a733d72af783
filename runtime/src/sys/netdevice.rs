//! Requests about a network device: `netdevice(7)`. nix's macros for `ioctl(2)` make unsafe
//! functions too, and need another crate feature.

use std::ffi::{c_char, c_short};
use std::mem;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;

use nix::libc;

use super::Errno;
use super::errno::check;

/// Sets `lo` up. The kernel adds 127.0.0.1/8 and ::1/128 at the same moment, without duplicate
/// address detection.
pub(crate) fn set_loopback_up() -> Result<(), Errno> {
    // A socket of any family works (`sock_ioctl` in net/socket.c), and this family exists without
    // IPv4.
    let socket = UnixDatagram::unbound().map_err(|error| Errno::from_io(&error))?;
    let mut request = request("lo");
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as c_short;
    // glibc takes the number as an unsigned long, musl as an int.
    let set_flags = libc::SIOCSIFFLAGS as _;
    // SAFETY: the request has a name and the flags to set, as SIOCSIFFLAGS requires.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), set_flags, &raw const request) }).map(drop)
}

/// Returns a request with the name of a device, and zeroes.
pub(super) fn request(device: &str) -> libc::ifreq {
    // SAFETY: all fields of the structure are integers or arrays of them, for which zero is valid.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    let name = device.as_bytes().iter().take(libc::IFNAMSIZ - 1);
    for (to, from) in request.ifr_name.iter_mut().zip(name) {
        *to = *from as c_char;
    }
    request
}
