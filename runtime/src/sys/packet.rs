//! Frames of all interfaces of a network namespace, through one socket: `packet(7)`.
//!
//! [`Receiver`] and [`Sender`] hold the memory that `recvmmsg(2)` and `sendmmsg(2)` need, so that
//! receiving and sending allocate nothing. nix's functions for both allocate.

use std::ffi::c_int;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;

use nix::libc;

use super::Errno;
use super::errno::check;
use super::socket::{self, part, set_option};

/// How many frames one call receives or sends.
pub(crate) const BATCH: usize = 32;

/// `PACKET_IGNORE_OUTGOING` of linux/if_packet.h, since 4.20.
const IGNORE_OUTGOING: c_int = 23;
/// `PACKET_AUXDATA`.
const AUXDATA: c_int = 8;

/// Level and type of the control message with the time of arrival.
pub(crate) const TIME: (c_int, c_int) = (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS);
/// Level and type of the control message with `struct tpacket_auxdata`.
pub(crate) const AUXILIARY: (c_int, c_int) = (libc::SOL_PACKET, AUXDATA);

/// Opens a socket that receives every frame that arrives at an interface of the calling thread's
/// network namespace.
///
/// It requests this size for its receive buffer, and gets as much of it as the kernel allows.
pub(crate) fn open(receive_buffer: c_int) -> Result<OwnedFd, Errno> {
    // Protocol 0: nothing arrives before all options are set.
    let socket = socket::open(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_NONBLOCK, 0)?;
    set_option(&socket, libc::SOL_PACKET, IGNORE_OUTGOING, &1)?;
    set_option(&socket, libc::SOL_PACKET, AUXDATA, &1)?;
    set_option(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &1)?;
    let (forced, capped) = (libc::SO_RCVBUFFORCE, libc::SO_RCVBUF);
    set_option(&socket, libc::SOL_SOCKET, forced, &receive_buffer)
        .or_else(|_not_real_root| set_option(&socket, libc::SOL_SOCKET, capped, &receive_buffer))?;
    set_option(&socket, libc::SOL_SOCKET, libc::SO_SNDBUF, &receive_buffer)?;
    let address = address(0);
    let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the address outlives the call and has the given length.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) })?;
    Ok(socket)
}

/// Returns how many frames the kernel has dropped since the last call because the socket's buffer
/// was full.
pub(crate) fn dropped(socket: BorrowedFd<'_>) -> u32 {
    // Packets, drops: `struct tpacket_stats`.
    let mut statistics = [0_u32; 2];
    let mut length = size_of_val(&statistics) as libc::socklen_t;
    let (level, option) = (libc::SOL_PACKET, libc::PACKET_STATISTICS);
    let start = (&raw mut statistics).cast();
    // SAFETY: the structure outlives the call and has the given length.
    unsafe { libc::getsockopt(socket.as_raw_fd(), level, option, start, &raw mut length) };
    statistics[1]
}

/// A received frame, as the kernel describes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'c> {
    /// The frame's own length, which exceeds the available room if the frame was truncated.
    pub(crate) length: usize,
    /// The index of the receiving interface.
    pub(crate) interface: u32,
    /// The control messages: `cmsg(3)`.
    pub(crate) control: &'c [u8],
}

/// Room for control messages, with the kernel's alignment.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; 128]);

/// The headers of a batch, with one buffer and one address each.
struct Headers {
    headers: Vec<libc::mmsghdr>,
    parts: Vec<libc::iovec>,
    addresses: Vec<libc::sockaddr_ll>,
}

impl Headers {
    fn new() -> Self {
        let empty = libc::mmsghdr {
            msg_hdr: socket::empty_header(),
            msg_len: 0,
        };
        Self {
            headers: vec![empty; BATCH],
            parts: vec![part(ptr::null_mut(), 0); BATCH],
            addresses: vec![address(0); BATCH],
        }
    }

    /// Points the header at this position to a buffer, and to the address at this position.
    fn point(&mut self, position: usize, start: *mut u8, length: usize) -> &mut libc::msghdr {
        self.parts[position] = part(start, length);
        let header = &mut self.headers[position].msg_hdr;
        header.msg_iov = &raw mut self.parts[position];
        header.msg_iovlen = 1;
        header.msg_name = (&raw mut self.addresses[position]).cast();
        header.msg_namelen = size_of::<libc::sockaddr_ll>() as _;
        header
    }
}

/// The memory for [`receive`](Self::receive).
pub(crate) struct Receiver {
    batch: Headers,
    controls: Vec<Control>,
}

impl Receiver {
    /// Allocates the memory for one batch.
    pub(crate) fn new() -> Self {
        Self {
            batch: Headers::new(),
            controls: vec![Control([0; 128]); BATCH],
        }
    }

    /// Receives the available frames, one to each of these places in the memory, with this much
    /// room for each.
    pub(crate) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        memory: &mut [u8],
        places: &[usize],
        room: usize,
    ) -> Result<usize, Errno> {
        let count = places.len().min(BATCH);
        for (position, place) in places.iter().take(count).enumerate() {
            let slot = &mut memory[*place..*place + room];
            let header = self.batch.point(position, slot.as_mut_ptr(), room);
            header.msg_control = (&raw mut self.controls[position]).cast();
            header.msg_controllen = size_of::<Control>() as _;
        }
        let (socket, none) = (socket.as_raw_fd(), ptr::null_mut());
        let start = self.batch.headers.as_mut_ptr();
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        // SAFETY: each header points to one slot of the memory, one part, one control buffer and
        // one address. All of them outlive the call and have the given lengths.
        let received =
            check(unsafe { libc::recvmmsg(socket, start, count as _, flags as _, none) });
        match received {
            Ok(count) => Ok(count as usize),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(errno) => Err(errno),
        }
    }

    /// Returns the description of the frame at this position of the last batch.
    pub(crate) fn arrival(&self, position: usize) -> Arrival<'_> {
        let header = &self.batch.headers[position];
        let length = size_of::<Control>().min(header.msg_hdr.msg_controllen as _);
        Arrival {
            length: header.msg_len as usize,
            interface: self.batch.addresses[position].sll_ifindex as u32,
            control: &self.controls[position].0[..length],
        }
    }
}

/// A frame to send: its place in the memory, its length, and the index of its interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) interface: u32,
}

/// The memory for [`send`](Self::send).
pub(crate) struct Sender {
    batch: Headers,
}

impl Sender {
    /// Allocates the memory for one batch.
    pub(crate) fn new() -> Self {
        Self {
            batch: Headers::new(),
        }
    }

    /// Sends some of the frames, and returns how many. An error is that of the first one.
    pub(crate) fn send(
        &mut self,
        socket: BorrowedFd<'_>,
        memory: &[u8],
        frames: &[Outgoing],
    ) -> Result<usize, Errno> {
        let count = frames.len().min(BATCH);
        for (position, frame) in frames.iter().take(count).enumerate() {
            let bytes = &memory[frame.start..frame.start + frame.length];
            self.batch.addresses[position].sll_ifindex = frame.interface as c_int;
            let start = bytes.as_ptr().cast_mut();
            self.batch.point(position, start, bytes.len());
        }
        let start = self.batch.headers.as_mut_ptr();
        // SAFETY: each header points to one frame, one part and one address. All of them outlive
        // the call and have the given lengths. The kernel only reads the frames.
        let sent = check(unsafe { libc::sendmmsg(socket.as_raw_fd(), start, count as _, 0) })?;
        Ok(sent as usize)
    }
}

/// Returns an address for every protocol on this interface, or on all with 0.
fn address(interface: c_int) -> libc::sockaddr_ll {
    libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
        sll_ifindex: interface,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    }
}
