//! A request to the kernel's routing family: `rtnetlink(7)`.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::check;

/// Sends one message, which must ask for an acknowledgement, in the calling thread's network
/// namespace.
///
/// # Errors
/// The kernel's answer, or the errors of `socket(2)`, `send(2)` and `recv(2)`.
pub fn route_request(message: &[u8]) -> io::Result<()> {
    const HEADER: usize = 16;
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: takes no pointers.
    let raw = check(unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE) })?;
    // SAFETY: the kernel has just made this descriptor for us.
    let socket = unsafe { OwnedFd::from_raw_fd(raw) };
    // SAFETY: the message has the stated length.
    let sent = unsafe {
        libc::send(
            socket.as_raw_fd(),
            message.as_ptr().cast(),
            message.len(),
            0,
        )
    };
    if sent < 0 {
        return Err(io::Error::last_os_error());
    }
    let mut answer = [0_u8; 4096];
    // SAFETY: the buffer has the stated length.
    let length = unsafe {
        libc::recv(
            socket.as_raw_fd(),
            answer.as_mut_ptr().cast(),
            answer.len(),
            0,
        )
    };
    if length < 0 {
        return Err(io::Error::last_os_error());
    }
    // NLMSG_ERROR: the header is followed by a negative errno, or by zero.
    let errno = answer[HEADER..HEADER + size_of::<c_int>()].try_into();
    match c_int::from_ne_bytes(errno.expect("four bytes")) {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(-errno)),
    }
}
