//! Sockets to the kernel's network configuration: `netlink(7)`. The messages are in
//! `network/netlink`. Raw calls: nix lacks the options, and `socket` would need another feature.

use std::ffi::c_int;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use nix::libc;

use super::errno::check;
use super::{Errno, fd};

/// Links, addresses, routes, neighbours: `rtnetlink(7)`.
pub(crate) const ROUTE: c_int = libc::NETLINK_ROUTE;
/// `nf_tables`.
pub(crate) const NETFILTER: c_int = libc::NETLINK_NETFILTER;

/// Opens a socket that configures the calling thread's network namespace, even when another thread
/// uses it later.
///
/// A read fails with EAGAIN after ten seconds without data, because a transaction that the kernel
/// never acknowledges must not hang.
pub(crate) fn open(protocol: c_int) -> Result<OwnedFd, Errno> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: takes no pointers.
    let raw = check(unsafe { libc::socket(libc::AF_NETLINK, kind, protocol) })?;
    // SAFETY: the kernel has just made this descriptor for the caller.
    let socket = unsafe { OwnedFd::from_raw_fd(raw) };
    for option in [libc::NETLINK_CAP_ACK, libc::NETLINK_EXT_ACK] {
        // Kernels before 4.12 lack the second option, and then their answers are only shorter.
        let _ = set_option(&socket, libc::SOL_NETLINK, option, &1);
    }
    let patience = libc::timeval {
        tv_sec: 10,
        tv_usec: 0,
    };
    set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVTIMEO, &patience)?;
    Ok(socket)
}

/// Makes a `veth(4)` pair in the calling thread's network namespace, to test whether that is
/// possible. The kernel chooses its names and numbers.
pub(crate) fn try_veth() -> Result<(), Errno> {
    // struct nlmsghdr: length, RTM_NEWLINK, REQUEST | ACK | CREATE | EXCLUSIVE, number, port.
    const HEADER: [u16; 8] = [48, 0, 16, 0x605, 1, 0, 0, 0];
    // struct ifinfomsg, all zeroes; then IFLA_LINKINFO with IFLA_INFO_KIND.
    const ATTRIBUTES: [u16; 4] = [16, 18, 9, 1];
    let mut message = [0; 48];
    let words = HEADER.iter().chain(&[0; 8]).chain(&ATTRIBUTES);
    for (to, word) in message.chunks_exact_mut(2).zip(words) {
        to.copy_from_slice(&word.to_ne_bytes());
    }
    message[40..44].copy_from_slice(b"veth");
    if cfg!(target_endian = "big") {
        // The length is one word of four bytes.
        message[..4].copy_from_slice(&48_u32.to_ne_bytes());
        message[8..12].copy_from_slice(&1_u32.to_ne_bytes());
    }
    let socket = open(ROUTE)?;
    fd::write(socket.as_fd(), &message)?;
    let mut answer = [0; 512];
    fd::read(socket.as_fd(), &mut answer)?;
    // The errno follows the answer's header, negated.
    let errno = c_int::from_ne_bytes([answer[16], answer[17], answer[18], answer[19]]);
    match errno {
        0 => Ok(()),
        negative => Err(Errno::from_number(-negative)),
    }
}

/// Sets an option to an integer or a structure of integers: `setsockopt(2)`.
pub(super) fn set_option<T: Copy>(
    socket: &OwnedFd,
    level: c_int,
    option: c_int,
    value: &T,
) -> Result<(), Errno> {
    let length = size_of::<T>() as libc::socklen_t;
    let start = std::ptr::from_ref(value).cast();
    // SAFETY: the value outlives the call and has the given length; the kernel only reads it.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, start, length) }).map(drop)
}
