//! A `veth(4)` pair, made only to find out whether this machine allows it.

use std::ffi::c_int;
use std::os::fd::AsFd;

use crate::sys::{Errno, fd, netlink};

/// Makes a `veth(4)` pair in the calling thread's network namespace, to test whether that is
/// possible. The kernel chooses its names and numbers.
pub(super) fn try_veth() -> Result<(), Errno> {
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
    let socket = netlink::open(netlink::ROUTE)?;
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
