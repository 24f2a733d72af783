//! Sockets: `socket(2)`, and messages that carry descriptors: `unix(7)`, `SCM_RIGHTS`.
//!
//! Raw calls, because nix collects the descriptors of a message in vectors, and init must not
//! allocate.

use std::ffi::c_int;
use std::mem::{self, offset_of};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use nix::libc;

use super::Errno;
use super::errno::{check, retry};

/// The maximum number of descriptors in one message.
pub(crate) const MOST: usize = 3;

/// A control message with room for that many descriptors: a structure with the layout that
/// `cmsg(3)` computes at run time.
#[repr(C, align(8))]
struct Control {
    head: libc::cmsghdr,
    fds: [c_int; MOST],
}

// SAFETY: pure arithmetic.
const HEAD: u32 = unsafe { libc::CMSG_LEN(0) };
const _: () = assert!(HEAD as usize == offset_of!(Control, fds));

impl Control {
    fn new() -> Self {
        // SAFETY: all fields are integers, for which zero is valid.
        unsafe { mem::zeroed() }
    }

    /// Sets the descriptors to send, and returns the length of the control message.
    fn fill(&mut self, fds: &[BorrowedFd<'_>]) -> usize {
        assert!(
            fds.len() <= MOST,
            "a message carries three descriptors at most"
        );
        if fds.is_empty() {
            return 0;
        }
        let length = HEAD as usize + size_of_val(fds);
        self.head.cmsg_level = libc::SOL_SOCKET;
        self.head.cmsg_type = libc::SCM_RIGHTS;
        // The field is as wide as the C library makes it.
        self.head.cmsg_len = length as _;
        for (slot, fd) in self.fds.iter_mut().zip(fds) {
            *slot = fd.as_raw_fd();
        }
        length
    }

    /// Takes the received descriptors.
    fn take(&self) -> [Option<OwnedFd>; MOST] {
        let mut fds = [const { None }; MOST];
        if (self.head.cmsg_level, self.head.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            return fds;
        }
        // The field is as wide as the C library makes it.
        let bytes = (self.head.cmsg_len as u64).saturating_sub(u64::from(HEAD)) as usize;
        for (slot, fd) in fds
            .iter_mut()
            .zip(self.fds)
            .take(bytes / size_of::<c_int>())
        {
            // SAFETY: the length says that the kernel has opened this many descriptors for the
            // caller, so they have no other owner.
            *slot = Some(unsafe { OwnedFd::from_raw_fd(fd) });
        }
        fds
    }
}

/// Opens a socket with close-on-exec: `socket(2)`.
pub(super) fn open(domain: c_int, kind: c_int, protocol: c_int) -> Result<OwnedFd, Errno> {
    // SAFETY: takes no pointers.
    let raw = check(unsafe { libc::socket(domain, kind | libc::SOCK_CLOEXEC, protocol) })?;
    // SAFETY: the kernel has just opened it for the caller, so it has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Sets an option to an integer or a structure of integers: `setsockopt(2)`.
pub(super) fn set_option<T: Copy>(
    socket: &OwnedFd,
    level: c_int,
    option: c_int,
    value: &T,
) -> Result<(), Errno> {
    let length = size_of::<T>() as libc::socklen_t;
    let start = ptr::from_ref(value).cast();
    // SAFETY: the value outlives the call and has the given length; the kernel only reads it.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, start, length) }).map(drop)
}

/// Returns two ends of a socket that preserves message boundaries, with close-on-exec.
pub(crate) fn pair() -> Result<(OwnedFd, OwnedFd), Errno> {
    let mut ends = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the array has room for the two descriptors.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) })?;
    // SAFETY: the kernel has just opened both for the caller, so they have no other owner.
    let [one, other] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
    Ok((one, other))
}

/// Sends a message with descriptors. If the peer has closed its end, the call fails with EPIPE and
/// never raises a signal.
pub(crate) fn send(
    to: BorrowedFd<'_>,
    message: &[u8],
    fds: &[BorrowedFd<'_>],
) -> Result<(), Errno> {
    let mut control = Control::new();
    let mut part = part(message.as_ptr().cast_mut(), message.len());
    let control_length = control.fill(fds);
    let header = header(&mut part, &mut control, control_length);
    let (to, header) = (to.as_raw_fd(), &raw const header);
    // SAFETY: the header points to the message and the control buffer, which both outlive the call.
    retry(|| check(unsafe { libc::sendmsg(to, header, libc::MSG_NOSIGNAL) })).map(drop)
}

/// Receives one message. Length 0 means that the peer has closed its end.
pub(crate) fn receive(
    from: BorrowedFd<'_>,
    message: &mut [u8],
) -> Result<(usize, [Option<OwnedFd>; MOST]), Errno> {
    let mut control = Control::new();
    let mut part = part(message.as_mut_ptr(), message.len());
    let mut header = header(&mut part, &mut control, size_of::<Control>());
    let (from, header) = (from.as_raw_fd(), &raw mut header);
    // SAFETY: the header points to the buffers, which both outlive the call.
    let length = retry(|| check(unsafe { libc::recvmsg(from, header, libc::MSG_CMSG_CLOEXEC) }))?;
    Ok((length as usize, control.take()))
}

/// Waits for a message and returns its length, but leaves it in the queue. Length 0 means that the
/// peer has closed its end.
pub(crate) fn next_length(at: BorrowedFd<'_>) -> Result<usize, Errno> {
    let flags = libc::MSG_PEEK | libc::MSG_TRUNC;
    let empty = ptr::null_mut();
    // SAFETY: the buffer is empty.
    let length = retry(|| check(unsafe { libc::recv(at.as_raw_fd(), empty, 0, flags) }));
    length.map(|length| length as usize)
}

fn header(part: &mut libc::iovec, control: &mut Control, control_length: usize) -> libc::msghdr {
    let mut header = empty_header();
    header.msg_iov = part;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut *control).cast();
    header.msg_controllen = control_length as _;
    header
}

/// Returns the description of a buffer.
pub(super) fn part(start: *mut u8, length: usize) -> libc::iovec {
    libc::iovec {
        iov_base: start.cast(),
        iov_len: length,
    }
}

/// Returns a header without address, parts and control messages. musl's has private fields.
pub(super) fn empty_header() -> libc::msghdr {
    // SAFETY: all fields are integers or pointers, for which zero is valid.
    unsafe { mem::zeroed() }
}
