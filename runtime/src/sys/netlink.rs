//! Sockets to the kernel's network configuration: `netlink(7)`. The messages are in `network/netlink`.

use std::ffi::c_int;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use nix::libc;

use super::Errno;
use super::errno::check;

/// Links, addresses, routes, neighbours: `rtnetlink(7)`.
pub(crate) const ROUTE: c_int = libc::NETLINK_ROUTE;
/// `nf_tables`.
pub(crate) const NETFILTER: c_int = libc::NETLINK_NETFILTER;

/// Opens a socket that configures the calling thread's network namespace, wherever it is used later.
///
/// A read that has nothing for ten seconds fails with EAGAIN: a transaction that the kernel never acknowledges must not hang.
pub(crate) fn open(protocol: c_int) -> Result<OwnedFd, Errno> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: takes no pointers.
    let raw = check(unsafe { libc::socket(libc::AF_NETLINK, kind, protocol) })?;
    // SAFETY: the kernel has just made this descriptor for the caller.
    let socket = unsafe { OwnedFd::from_raw_fd(raw) };
    for option in [libc::NETLINK_CAP_ACK, libc::NETLINK_EXT_ACK] {
        // Kernels before 4.12 lack the second one; the answers are only shorter then.
        let _ = set_option(&socket, libc::SOL_NETLINK, option, &1);
    }
    let patience = libc::timeval {
        tv_sec: 10,
        tv_usec: 0,
    };
    set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVTIMEO, &patience)?;
    Ok(socket)
}

/// `setsockopt(2)`, with a value that is an integer or a structure of integers.
pub(super) fn set_option<T: Copy>(
    socket: &OwnedFd,
    level: c_int,
    option: c_int,
    value: &T,
) -> Result<(), Errno> {
    let length = size_of::<T>() as libc::socklen_t;
    let start = std::ptr::from_ref(value).cast();
    // SAFETY: the value outlives the call and is as long as said; the kernel only reads it.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, start, length) }).map(drop)
}
