//! ping(8): an ICMP echo over a raw socket, which requires root.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;

/// Returns the time until the host's reply.
///
/// # Errors
/// [`ErrorKind::TimedOut`] if there was no reply, [`ErrorKind::PermissionDenied`] without
/// `CAP_NET_RAW`, and any network error.
pub fn ping(host: Ipv4Addr, patience: Duration) -> io::Result<Duration> {
    let socket = raw_socket()?;
    let begin = Instant::now();
    socket.send_to(&echo_request(std::process::id()), (host, 0))?;
    let mut packet = [0; 1500];
    loop {
        let left = patience.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv(&mut packet) {
            Ok(length) if is_reply(&packet[..length], std::process::id()) => {
                return Ok(begin.elapsed());
            }
            // Another program's reply, or our own request on its way to this host.
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

#[expect(unsafe_code, reason = "std opens no raw sockets")]
fn raw_socket() -> io::Result<UdpSocket> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: takes no pointers.
    let socket = unsafe { libc::socket(libc::AF_INET, kind, libc::IPPROTO_ICMP) };
    if socket == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor; it has no other owner.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // The socket is not UDP, but it sends and receives by the same calls.
    Ok(UdpSocket::from(socket))
}

/// Returns a request: type, code, checksum, identifier, sequence number.
fn echo_request(id: u32) -> [u8; 8] {
    let [.., high, low] = id.to_be_bytes();
    let mut packet = [ECHO_REQUEST, 0, 0, 0, high, low, 0, 1];
    let sum: u32 = packet
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]))
        .sum();
    let [.., high, low] = (!((sum & 0xffff) + (sum >> 16))).to_be_bytes();
    packet[2..4].copy_from_slice(&[high, low]);
    packet
}

/// Returns whether the packet is the reply. A raw socket also delivers the IP header, whose first
/// byte holds its length.
fn is_reply(packet: &[u8], id: u32) -> bool {
    let header = usize::from(packet[0] & 15) * 4;
    let [.., high, low] = id.to_be_bytes();
    matches!(packet[header..], [ECHO_REPLY, _, _, _, h, l, ..] if (h, l) == (high, low))
}
