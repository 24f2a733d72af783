//! Socket options and frames that std does not support: `udp(7)`, `packet(7)`.

use std::ffi::c_int;
use std::io;
use std::mem;
use std::net::UdpSocket;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::{c_string, check};

/// Sets `UDP_SEGMENT`: the kernel cuts each send into datagrams of this size, as QUIC stacks use
/// it.
///
/// # Errors
/// The error of `setsockopt(2)`.
pub fn segment(socket: &UdpSocket, size: u16) -> io::Result<()> {
    const UDP_SEGMENT: c_int = 103;
    let size = c_int::from(size);
    let (start, length) = ((&raw const size).cast(), size_of::<c_int>());
    let length = libc::socklen_t::try_from(length).expect("an int is short");
    // SAFETY: the value outlives the call and has the stated length.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            UDP_SEGMENT,
            start,
            length,
        )
    };
    check(set).map(drop)
}

/// A socket for whole frames of one interface.
#[derive(Debug)]
pub struct Frames(OwnedFd);

impl Frames {
    /// Opens it in the calling thread's network namespace.
    ///
    /// # Errors
    /// The errors of `socket(2)` and `bind(2)`.
    pub fn open(interface: &str) -> io::Result<Self> {
        let all = u16::try_from(libc::ETH_P_ALL)
            .expect("it has two bytes")
            .to_be();
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: takes no pointers.
        let raw = check(unsafe { libc::socket(libc::AF_PACKET, kind, c_int::from(all)) })?;
        // SAFETY: the kernel has just made this descriptor for us.
        let socket = unsafe { OwnedFd::from_raw_fd(raw) };
        let name = c_string(interface);
        // SAFETY: the name is a C string.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        // SAFETY: all fields are integers or arrays of them, for which zero is a value.
        let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
        address.sll_family = libc::sa_family_t::try_from(libc::AF_PACKET).expect("a small number");
        address.sll_protocol = all;
        address.sll_ifindex = c_int::try_from(index).expect("a small number");
        let length = libc::socklen_t::try_from(size_of_val(&address)).expect("it is short");
        // SAFETY: the address outlives the call and has the stated length.
        check(unsafe { libc::bind(raw, (&raw const address).cast(), length) })?;
        Ok(Self(socket))
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// The error of `send(2)`.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        // SAFETY: the frame has the stated length.
        let sent = unsafe { libc::send(self.0.as_raw_fd(), frame.as_ptr().cast(), frame.len(), 0) };
        if sent < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }

    /// Returns a frame that was received or sent here. The kernel strips a VLAN tag from it.
    ///
    /// # Errors
    /// The error of `recv(2)`; `WouldBlock` if there is no frame.
    pub fn receive(&self) -> io::Result<Vec<u8>> {
        let mut frame = vec![0; 65536];
        // SAFETY: the buffer has the stated length.
        let length = unsafe {
            libc::recv(
                self.0.as_raw_fd(),
                frame.as_mut_ptr().cast(),
                frame.len(),
                0,
            )
        };
        frame.truncate(usize::try_from(length).map_err(|_| io::Error::last_os_error())?);
        Ok(frame)
    }
}
