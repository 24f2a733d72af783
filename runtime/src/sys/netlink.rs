//! Sockets to the kernel's network configuration: `netlink(7)`. The messages are in
//! `network/netlink`.

use std::ffi::c_int;
use std::os::fd::OwnedFd;

use nix::libc;

use super::Errno;
use super::socket::{self, set_option};

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
    let socket = socket::open(libc::AF_NETLINK, libc::SOCK_RAW, protocol)?;
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
