//! DHCP from scratch: a server that assigns addresses, and a client that requests one by broadcast.
//!
//! Without namespaces: ports 67 and 68 require root, and a broadcast reaches the office's network
//! and its server.
//!
//! The switch of this network delivers the broadcast only to these hosts.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use ns_test::network::{Host, Link, Network};
use ns_test::ns_test;

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
/// Offset of the options: after the fixed part of 236 bytes and the magic number (RFC 2131, section
/// 2).
const OPTIONS: usize = 240;
const MAGIC: [u8; 4] = [99, 130, 83, 99];

/// Builds a message with these numbers, the offered address, and its type as the only option.
fn message(id: u32, offered: Ipv4Addr, kind: u8) -> Vec<u8> {
    let mut bytes = vec![0; 236];
    bytes[0] = if kind == DISCOVER { 1 } else { 2 };
    bytes[4..8].copy_from_slice(&id.to_be_bytes());
    bytes[16..20].copy_from_slice(&offered.octets());
    bytes.extend(MAGIC);
    bytes.extend([53, 1, kind, 255]);
    bytes
}

/// The server under test: offers the next address of its pool to each client that asks.
fn serve(socket: &UdpSocket, pool: impl Iterator<Item = Ipv4Addr>) -> io::Result<()> {
    let mut bytes = [0; 576];
    for address in pool {
        let length = socket.recv(&mut bytes)?;
        if bytes[OPTIONS..length].starts_with(&[53, 1, DISCOVER]) {
            let id = u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            let everyone = SocketAddr::from((Ipv4Addr::BROADCAST, 68));
            socket.send_to(&message(id, address, OFFER), everyone)?;
        }
    }
    Ok(())
}

/// The client under test: broadcasts a request, and accepts only the reply to it.
fn discover(socket: &UdpSocket, id: u32) -> io::Result<Ipv4Addr> {
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let everyone = SocketAddr::from((Ipv4Addr::BROADCAST, 67));
    socket.send_to(&message(id, Ipv4Addr::UNSPECIFIED, DISCOVER), everyone)?;
    let mut bytes = [0; 576];
    loop {
        let length = socket.recv(&mut bytes)?;
        let is_offer = bytes[OPTIONS..length].starts_with(&[53, 1, OFFER]);
        if is_offer && bytes[4..8] == id.to_be_bytes() {
            return Ok(Ipv4Addr::new(bytes[16], bytes[17], bytes[18], bytes[19]));
        }
    }
}

/// Opens a socket on the host that may send broadcasts.
fn socket(host: &Host, port: u16) -> io::Result<UdpSocket> {
    let socket = host.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)))?;
    socket.set_broadcast(true)?;
    Ok(socket)
}

#[ns_test(net, mount, timeout = "60s")]
fn each_client_has_an_address_of_its_own() -> Result<(), Box<dyn Error>> {
    let mut plan = Network::plan();
    let server = plan.host("server");
    let clients = [plan.host("laptop"), plan.host("phone")];
    plan.switch(&[server, clients[0], clients[1]], Link::new());
    let network = plan.build()?;

    let listener = socket(&network[server], 67)?;
    let pool = (100..=101).map(|last| Ipv4Addr::new(10, 0, 9, last));
    let serving = std::thread::spawn(move || serve(&listener, pool));
    let mut given = Vec::new();
    for (client, id) in clients.into_iter().zip(1..) {
        given.push(discover(&socket(&network[client], 68)?, id)?);
    }
    assert_eq!(
        given,
        [Ipv4Addr::new(10, 0, 9, 100), Ipv4Addr::new(10, 0, 9, 101)]
    );
    serving.join().expect("the server does not panic")?;
    Ok(())
}

ns_test::main!();
