//! Calls for which std has no name: offloads of an interface, the kernel's stamp of a datagram.

#![expect(unsafe_code, reason = "ioctls take pointers")]

use std::ffi::{c_char, c_ulong};
use std::io;
use std::mem;
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

/// `ETHTOOL_SRXCSUM`, `STXCSUM`, `STSO`, `SGSO`, `SGRO` of linux/ethtool.h.
const OFFLOADS: [u32; 5] = [0x15, 0x17, 0x1f, 0x24, 0x2c];
const SIOCETHTOOL: c_ulong = 0x8946;
const SIOCGSTAMPNS: c_ulong = 0x8907;

/// `struct ethtool_value`.
#[repr(C)]
struct Value {
    command: u32,
    data: u32,
}

/// Switches the offloads of `eth0` off, in the namespace that the calling thread is in.
pub(super) fn switch_offloads_off() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    for command in OFFLOADS {
        let mut value = Value { command, data: 0 };
        // SAFETY: all fields of the structure are integers, or pointers that may be null.
        let mut request: libc::ifreq = unsafe { mem::zeroed() };
        for (to, from) in request.ifr_name.iter_mut().zip(*b"eth0") {
            *to = c_char::from_ne_bytes([from]);
        }
        request.ifr_ifru.ifru_data = (&raw mut value).cast();
        // SAFETY: request and value outlive the call, and have the kernel's layout.
        check(unsafe { libc::ioctl(socket.as_raw_fd(), SIOCETHTOOL as _, &raw mut request) })?;
    }
    Ok(())
}

/// Returns when the kernel received the datagram that was read last, since 1970. The first call has
/// the kernel stamp datagrams from then on, and fails with `ENOENT`.
pub(super) fn stamp(socket: &UdpSocket) -> io::Result<Duration> {
    // SAFETY: all fields of the structure are integers.
    let mut time: libc::timespec = unsafe { mem::zeroed() };
    // SAFETY: the structure outlives the call, and is the one that the kernel fills.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), SIOCGSTAMPNS as _, &raw mut time) })?;
    let seconds = u64::try_from(time.tv_sec).map_err(io::Error::other)?;
    let nanos = u32::try_from(time.tv_nsec).map_err(io::Error::other)?;
    Ok(Duration::new(seconds, nanos))
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
