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
use super::socket::{self, set_option};

/// How many frames one call receives or sends.
pub(crate) const BATCH: usize = 32;

/// `PACKET_IGNORE_OUTGOING` of linux/if_packet.h, since 4.20.
const IGNORE_OUTGOING: c_int = 23;
/// `PACKET_AUXDATA`.
const AUXDATA: c_int = 8;
/// `TP_STATUS_CSUMNOTREADY`, `TP_STATUS_VLAN_VALID`, `TP_STATUS_VLAN_TPID_VALID`.
const CHECKSUM_UNFINISHED: u32 = 8;
const VLAN_VALID: u32 = 16;
const VLAN_TPID_VALID: u32 = 64;

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

/// The kernel's data about a received frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// The frame's own length, which exceeds the available room if the frame was truncated.
    pub(crate) length: usize,
    /// The index of the receiving interface.
    pub(crate) interface: u32,
    /// The time of arrival, in nanoseconds of `CLOCK_REALTIME`. 0: unknown.
    pub(crate) stamp: u64,
    /// The sender left the checksum of TCP or UDP to the device.
    pub(crate) checksum_unfinished: bool,
    /// The tag that the kernel has removed from the frame: protocol and control information.
    pub(crate) vlan: Option<(u16, u16)>,
}

/// Room for control messages, with the kernel's alignment.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; 128]);

/// The memory for [`receive`](Self::receive).
pub(crate) struct Receiver {
    headers: Vec<libc::mmsghdr>,
    parts: Vec<libc::iovec>,
    controls: Vec<Control>,
    addresses: Vec<libc::sockaddr_ll>,
}

impl Receiver {
    /// Allocates the memory for one batch.
    pub(crate) fn new() -> Self {
        Self {
            headers: vec![empty_header(); BATCH],
            parts: vec![empty_part(); BATCH],
            controls: vec![Control([0; 128]); BATCH],
            addresses: vec![address(0); BATCH],
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
            self.parts[position] = libc::iovec {
                iov_base: slot.as_mut_ptr().cast(),
                iov_len: slot.len(),
            };
            let header = &mut self.headers[position].msg_hdr;
            header.msg_iov = &raw mut self.parts[position];
            header.msg_iovlen = 1;
            header.msg_control = (&raw mut self.controls[position]).cast();
            header.msg_controllen = size_of::<Control>() as _;
            header.msg_name = (&raw mut self.addresses[position]).cast();
            header.msg_namelen = size_of::<libc::sockaddr_ll>() as _;
        }
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        let start = self.headers.as_mut_ptr();
        // SAFETY: each header points to one slot of the memory, one part, one control buffer and
        // one address. All of them outlive the call and have the given lengths.
        let received = check(unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                start,
                count as _,
                flags as _,
                ptr::null_mut(),
            )
        });
        match received {
            Ok(count) => Ok(count as usize),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(errno) => Err(errno),
        }
    }

    /// Returns the data about the frame at this position of the last batch.
    pub(crate) fn received(&self, position: usize) -> Received {
        let header = &self.headers[position];
        let mut received = Received {
            length: header.msg_len as usize,
            interface: self.addresses[position].sll_ifindex as u32,
            ..Received::default()
        };
        let length = size_of::<Control>().min(header.msg_hdr.msg_controllen as _);
        let mut rest = &self.controls[position].0[..length];
        while let Some((level, kind, data, after)) = control_message(rest) {
            if (level, kind) == (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS) {
                received.stamp = stamp(data);
            } else if (level, kind) == (libc::SOL_PACKET, AUXDATA) {
                read_auxdata(data, &mut received);
            }
            rest = after;
        }
        received
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
    headers: Vec<libc::mmsghdr>,
    parts: Vec<libc::iovec>,
    addresses: Vec<libc::sockaddr_ll>,
}

impl Sender {
    /// Allocates the memory for one batch.
    pub(crate) fn new() -> Self {
        Self {
            headers: vec![empty_header(); BATCH],
            parts: vec![empty_part(); BATCH],
            addresses: vec![address(0); BATCH],
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
            self.parts[position] = libc::iovec {
                iov_base: bytes.as_ptr().cast_mut().cast(),
                iov_len: bytes.len(),
            };
            self.addresses[position].sll_ifindex = frame.interface as c_int;
            let header = &mut self.headers[position].msg_hdr;
            header.msg_iov = &raw mut self.parts[position];
            header.msg_iovlen = 1;
            header.msg_name = (&raw mut self.addresses[position]).cast();
            header.msg_namelen = size_of::<libc::sockaddr_ll>() as _;
        }
        let start = self.headers.as_mut_ptr();
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

fn empty_header() -> libc::mmsghdr {
    libc::mmsghdr {
        msg_hdr: socket::empty_header(),
        msg_len: 0,
    }
}

fn empty_part() -> libc::iovec {
    libc::iovec {
        iov_base: ptr::null_mut(),
        iov_len: 0,
    }
}

/// Parses the first control message: level, type, data, and the bytes after it. The layout is that
/// of `cmsg(3)`: the length as a long, two ints, and the data. The next message begins at a
/// multiple of a long.
fn control_message(bytes: &[u8]) -> Option<(c_int, c_int, &[u8], &[u8])> {
    const LONG: usize = size_of::<usize>();
    const HEAD: usize = LONG + 8;
    let length = usize::from_ne_bytes(bytes.get(..LONG)?.try_into().ok()?);
    let int = |at: usize| {
        Some(c_int::from_ne_bytes(
            bytes.get(at..at + 4)?.try_into().ok()?,
        ))
    };
    let data = bytes.get(HEAD..length)?;
    let after = bytes
        .get(length.next_multiple_of(LONG)..)
        .unwrap_or_default();
    Some((int(LONG)?, int(LONG + 4)?, data, after))
}

/// Parses seconds and nanoseconds, of 32 or 64 bits each.
fn stamp(data: &[u8]) -> u64 {
    let (seconds, nanoseconds) = data.split_at(data.len() / 2);
    let number = |bytes: &[u8]| match bytes.len() {
        8 => u64::from_ne_bytes(bytes.try_into().unwrap_or_default()),
        4 => u64::from(u32::from_ne_bytes(bytes.try_into().unwrap_or_default())),
        _ => 0,
    };
    number(seconds)
        .wrapping_mul(1_000_000_000)
        .wrapping_add(number(nanoseconds))
}

/// Parses `struct tpacket_auxdata`: four ints of status and lengths, two shorts of offsets, the tag
/// and its protocol.
fn read_auxdata(data: &[u8], received: &mut Received) {
    let short = |at: usize| {
        let bytes = data.get(at..at + 2).and_then(|two| two.try_into().ok());
        bytes.map_or(0, u16::from_ne_bytes)
    };
    let status = data.get(..4).and_then(|four| four.try_into().ok());
    let status = status.map_or(0, u32::from_ne_bytes);
    received.checksum_unfinished = status & CHECKSUM_UNFINISHED != 0;
    if status & VLAN_VALID != 0 {
        const DOT1Q: u16 = 0x8100;
        // status, len, snaplen (3 × 4), mac, net (2 × 2), then tag and protocol.
        let protocol = if status & VLAN_TPID_VALID == 0 {
            DOT1Q
        } else {
            short(18)
        };
        received.vlan = Some((protocol, short(16)));
    }
}
