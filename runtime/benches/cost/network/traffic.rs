//! The throughput and the delay of links.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ns_test::network::{Host, Link};

use super::making::pair;
use super::raw;
use super::rounds::rounds;
use crate::scratch::note;

/// The names of the measurements.
pub(super) const TCP_WIRE: &str = "TCP over a wire";
pub(super) const TCP_PLAIN: &str = "TCP over a direct veth pair, offloads off";
pub(super) const TCP_DIRECT: &str = "TCP over a direct veth pair";
pub(super) const GOODPUT: &str = "goodput over a link with a rate";
pub(super) const ASKED: &str = "the rate";
pub(super) const LATE: &str = "a wire's error at a delay of 10 ms";
pub(super) const LATE_DIRECT: &str = "a direct veth pair's delay";

/// The time limit of each wait, which only a hang reaches.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures TCP on each kind of link, in turn.
pub(super) fn throughput() -> io::Result<()> {
    const TIME: Duration = Duration::from_millis(500);
    let (_direct, direct) = pair(Link::direct())?;
    let (_plain, plain) = pair(Link::direct())?;
    for host in &plain {
        host.run(raw::switch_offloads_off)?;
    }
    let (_wire, wire) = pair(Link::new())?;
    for _ in 0..rounds() {
        for (name, hosts) in [
            (TCP_DIRECT, &direct),
            (TCP_PLAIN, &plain),
            (TCP_WIRE, &wire),
        ] {
            note(name, tcp(hosts, Duration::from_millis(100), TIME)? / 1e6)?;
        }
    }
    Ok(())
}

/// Measures TCP on a link with a rate.
pub(super) fn rate() -> io::Result<()> {
    const ASKED_BITS: u32 = 50_000_000;
    let (_network, hosts) = pair(Link::new().rate(ASKED_BITS.into()))?;
    for _ in 0..rounds() {
        let bits = tcp(&hosts, Duration::from_millis(500), Duration::from_secs(1))?;
        note(GOODPUT, bits / 1e6)?;
        note(ASKED, f64::from(ASKED_BITS) / 1e6)?;
    }
    Ok(())
}

/// Returns the bits a second that the receiver reads in this time, once the connection has warmed
/// up.
fn tcp([client, server]: &[Host; 2], warm_up: Duration, time: Duration) -> io::Result<f64> {
    // The IPv4 address: IPv6 has headers of 20 bytes more, and so a goodput of 0.928 at most.
    let listener = server.run(|| TcpListener::bind((server.addresses()[0], 0)))?;
    let address = listener.local_addr()?;
    let mut sender = client.run(|| TcpStream::connect(address))?;
    sender.set_write_timeout(Some(PATIENCE))?;
    let (mut receiver, _) = listener.accept()?;
    receiver.set_read_timeout(Some(PATIENCE))?;
    // The thread ends with an error when the receiver is gone.
    let sending = thread::spawn(move || while sender.write_all(&[0; 65_536]).is_ok() {});
    read_for(&mut receiver, warm_up)?;
    let start = Instant::now();
    let bytes = read_for(&mut receiver, time)?;
    let seconds = start.elapsed().as_secs_f64();
    let _ = receiver.shutdown(Shutdown::Both);
    drop(receiver);
    sending.join().expect("the sender ends");
    Ok(bytes * 8.0 / seconds)
}

fn read_for(receiver: &mut TcpStream, time: Duration) -> io::Result<f64> {
    let (start, mut bytes) = (Instant::now(), 0.0);
    let mut buffer = vec![0; 1 << 20];
    while start.elapsed() < time {
        let length = receiver.read(&mut buffer)?;
        bytes += u32::try_from(length).map_or(0.0, f64::from);
    }
    Ok(bytes)
}

/// Measures when datagrams arrive, by the kernel's time stamp at the receiver and the sender's
/// clock.
pub(super) fn delay() -> io::Result<()> {
    const DELAY: Duration = Duration::from_millis(10);
    let (_wire, wire) = pair(Link::new().delay(DELAY))?;
    let (_direct, direct) = pair(Link::direct())?;
    let (wire, direct) = (Datagrams::new(&wire)?, Datagrams::new(&direct)?);
    for _ in 0..rounds() {
        note(LATE, wire.microseconds()? - DELAY.as_secs_f64() * 1e6)?;
        note(LATE_DIRECT, direct.microseconds()?)?;
    }
    Ok(())
}

/// A sender and a receiver.
struct Datagrams {
    from: UdpSocket,
    to: UdpSocket,
    address: SocketAddr,
}

impl Datagrams {
    fn new([client, server]: &[Host; 2]) -> io::Result<Self> {
        let from = client.run(|| UdpSocket::bind(("client", 0)))?;
        let to = server.run(|| UdpSocket::bind(("server", 0)))?;
        to.set_read_timeout(Some(PATIENCE))?;
        let _none_yet = raw::stamp(&to);
        let address = to.local_addr()?;
        let datagrams = Self { from, to, address };
        // The first one waits for ARP.
        datagrams.microseconds()?;
        Ok(datagrams)
    }

    /// Returns how long one datagram takes.
    fn microseconds(&self) -> io::Result<f64> {
        let sent = SystemTime::UNIX_EPOCH.elapsed().map_err(io::Error::other)?;
        self.from.send_to(&[0; 64], self.address)?;
        self.to.recv(&mut [0; 64])?;
        Ok((raw::stamp(&self.to)?.as_secs_f64() - sent.as_secs_f64()) * 1e6)
    }
}
