//! Network links: the one ioctl of `netdevice(7)` that this crate needs. nix does not have it.

use std::ffi::{c_char, c_short};
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
    let mut name = [0; libc::IFNAMSIZ];
    for (to, from) in name.iter_mut().zip(b"lo") {
        *to = *from as c_char;
    }
    let request = libc::ifreq {
        ifr_name: name,
        ifr_ifru: libc::__c_anonymous_ifr_ifru {
            ifru_flags: (libc::IFF_UP | libc::IFF_RUNNING) as c_short,
        },
    };
    // glibc takes the number as an unsigned long, musl as an int.
    let set_flags = libc::SIOCSIFFLAGS as _;
    // SAFETY: the request has a name and the flags to set, as SIOCSIFFLAGS requires.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), set_flags, &raw const request) }).map(drop)
}
