//! Messages that carry descriptors: `unix(7)`, `SCM_RIGHTS`.

use std::ffi::c_int;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::libc;

use super::Errno;
use super::errno::{check, check_long};

/// How many descriptors one message carries at most.
pub(crate) const MOST: usize = 3;

/// Room for one control message of that many descriptors, aligned as the kernel wants it.
#[repr(C, align(8))]
struct Control([u8; 64]);

/// Two ends of a line that keeps messages apart, closed on exec.
pub(crate) fn pair() -> Result<(OwnedFd, OwnedFd), Errno> {
    let mut ends = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the array has room for the two descriptors.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) })?;
    Ok((owned(ends[0]), owned(ends[1])))
}

/// Sends a message, and descriptors with it. A peer that is gone is EPIPE, never a signal.
pub(crate) fn send(
    to: BorrowedFd<'_>,
    message: &[u8],
    fds: &[BorrowedFd<'_>],
) -> Result<(), Errno> {
    let mut control = Control([0; 64]);
    let mut part = libc::iovec {
        iov_base: message.as_ptr().cast_mut().cast(),
        iov_len: message.len(),
    };
    let mut header = header(&mut part, &mut control);
    if fds.is_empty() {
        header.msg_controllen = 0;
    } else {
        fill_control(&mut header, fds);
    }
    loop {
        // SAFETY: the header points to the message and the control buffer, which both outlive the call.
        match check_long(unsafe {
            libc::sendmsg(to.as_raw_fd(), &raw const header, libc::MSG_NOSIGNAL)
        }) {
            Err(Errno::INTR) => {}
            other => return other.map(drop),
        }
    }
}

/// Receives one message. Length 0 means that the peer is gone.
pub(crate) fn receive(
    from: BorrowedFd<'_>,
    message: &mut [u8],
) -> Result<(usize, [Option<OwnedFd>; MOST]), Errno> {
    let mut control = Control([0; 64]);
    let mut part = libc::iovec {
        iov_base: message.as_mut_ptr().cast(),
        iov_len: message.len(),
    };
    let mut header = header(&mut part, &mut control);
    let length = loop {
        // SAFETY: the header points to the buffers, which both outlive the call.
        match check_long(unsafe {
            libc::recvmsg(from.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC)
        }) {
            Err(Errno::INTR) => {}
            other => break other?,
        }
    };
    Ok((length, take_control(&header)))
}

/// Copies the next message without its descriptors, and leaves it where it is. Length 0 means that the peer is gone. EAGAIN: there is
/// none, and `wait` was false.
pub(crate) fn peek(at: BorrowedFd<'_>, message: &mut [u8], wait: bool) -> Result<usize, Errno> {
    let flags = libc::MSG_PEEK | if wait { 0 } else { libc::MSG_DONTWAIT };
    let (start, length) = (message.as_mut_ptr().cast(), message.len());
    loop {
        // SAFETY: the buffer is as long as said.
        match check_long(unsafe { libc::recv(at.as_raw_fd(), start, length, flags) }) {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

fn header(part: &mut libc::iovec, control: &mut Control) -> libc::msghdr {
    // SAFETY: all fields are integers or pointers, for which zero is a value.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = part;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len() as _;
    header
}

fn fill_control(header: &mut libc::msghdr, fds: &[BorrowedFd<'_>]) {
    assert!(
        fds.len() <= MOST,
        "a message carries three descriptors at most"
    );
    let bytes = size_of_val(fds) as u32;
    // SAFETY: pure arithmetic.
    header.msg_controllen = unsafe { libc::CMSG_SPACE(bytes) } as _;
    // SAFETY: pure arithmetic.
    let first = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: the control buffer is larger than CMSG_SPACE of three descriptors, so that the first header lies within it.
    let message = unsafe { &mut *first };
    message.cmsg_level = libc::SOL_SOCKET;
    message.cmsg_type = libc::SCM_RIGHTS;
    // SAFETY: pure arithmetic.
    message.cmsg_len = unsafe { libc::CMSG_LEN(bytes) } as _;
    // SAFETY: the data part begins behind the header, in the same buffer.
    let data = unsafe { libc::CMSG_DATA(message) }.cast::<c_int>();
    for (position, fd) in fds.iter().enumerate() {
        // SAFETY: there are at most three, and the buffer has room for them.
        let slot = unsafe { data.add(position) };
        // SAFETY: the same; CMSG_DATA need not be aligned for an int.
        unsafe { slot.write_unaligned(fd.as_raw_fd()) };
    }
}

fn take_control(header: &libc::msghdr) -> [Option<OwnedFd>; MOST] {
    let mut fds = [const { None }; MOST];
    // SAFETY: pure arithmetic, on the length that the kernel has set.
    let first = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: null, or within what the kernel wrote into the buffer.
    let Some(message) = (unsafe { first.as_ref() }) else {
        return fds;
    };
    if (message.cmsg_level, message.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
        return fds;
    }
    // SAFETY: pure arithmetic.
    let head = unsafe { libc::CMSG_LEN(0) };
    // The field is as wide as the C library makes it.
    let bytes = (message.cmsg_len as u64).saturating_sub(u64::from(head)) as usize;
    // SAFETY: the data part begins behind the header, in the same buffer.
    let data = unsafe { libc::CMSG_DATA(message) }.cast::<c_int>();
    for (position, slot) in fds.iter_mut().enumerate().take(bytes / size_of::<c_int>()) {
        // SAFETY: the length says that so many descriptors were written.
        let sent = unsafe { data.add(position) };
        // SAFETY: the same; CMSG_DATA need not be aligned for an int.
        let raw = unsafe { sent.read_unaligned() };
        *slot = Some(owned(raw));
    }
    fds
}

fn owned(fd: c_int) -> OwnedFd {
    // SAFETY: the kernel has just made this descriptor for the caller, nobody else knows it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}
