//! Two peers behind home routers that open a direct UDP path with the help of a server, as ICE and
//! most peer-to-peer programs do.
//!
//! Without namespaces: two networks, two routers with firewalls, and a machine on the Internet.
//!
//! It works if both routers keep one outer port for all destinations (`masquerade`), and fails if
//! one of them has another port for each destination (`symmetric_nat`).

use std::error::Error;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use ns_test::network::{Host, HostId, Link, LinkId, Network, Plan};
use ns_test::ns_test;

const RENDEZVOUS: &str = "rendezvous:3478";
const ATTEMPTS: usize = 5;

/// Answers the first two peers with each other's address.
fn introduce(server: &UdpSocket) -> io::Result<()> {
    let mut peers = Vec::new();
    while peers.len() < 2 {
        let (_, peer) = server.recv_from(&mut [0; 16])?;
        if !peers.contains(&peer) {
            peers.push(peer);
        }
    }
    server.send_to(peers[1].to_string().as_bytes(), peers[0])?;
    server.send_to(peers[0].to_string().as_bytes(), peers[1])?;
    Ok(())
}

/// The code under test: asks the server for the other peer's address, and sends to that address
/// until the peer's packets arrive. Returns whether they arrived.
fn reach_peer(host: &Host) -> io::Result<bool> {
    let socket = host.run(|| UdpSocket::bind("[::]:5000"))?;
    socket.send_to(b"hello", RENDEZVOUS)?;
    let mut bytes = [0; 64];
    let (length, _) = socket.recv_from(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    let peer: SocketAddr = text.parse().map_err(io::Error::other)?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut heard = false;
    for _ in 0..ATTEMPTS {
        socket.send_to(b"punch", peer)?;
        heard |= matches!(socket.recv_from(&mut bytes), Ok((_, from)) if from == peer);
    }
    Ok(heard)
}

/// Puts two peers behind routers of these kinds. Returns which peers receive the other's packets.
fn peers_hear(routers: [fn(&mut Plan, HostId, LinkId); 2]) -> Result<[bool; 2], Box<dyn Error>> {
    let mut plan = Network::plan();
    let [alice, bob, rendezvous] = ["alice", "bob", "rendezvous"].map(|name| plan.host(name));
    let homes = ["alices-home", "bobs-home"].map(|name| plan.router(name));
    let internet = plan.router("internet");
    plan.link(alice, homes[0], Link::direct());
    plan.link(bob, homes[1], Link::direct());
    for (home, translate) in homes.into_iter().zip(routers) {
        let uplink = plan.link(home, internet, Link::new().delay(Duration::from_millis(5)));
        translate(&mut plan, home, uplink);
    }
    plan.link(internet, rendezvous, Link::direct());
    let network = plan.build()?;

    let server = network[rendezvous].run(|| UdpSocket::bind("[::]:3478"))?;
    let introduced = thread::spawn(move || introduce(&server));
    let peers = [alice, bob].map(|peer| {
        let host = network[peer].clone();
        thread::spawn(move || reach_peer(&host))
    });
    let [alice, bob] = peers.map(|peer| peer.join().expect("no panic"));
    introduced.join().expect("no panic")?;
    Ok([alice?, bob?])
}

fn masquerade(plan: &mut Plan, router: HostId, link: LinkId) {
    plan.masquerade(router, link);
}

fn symmetric(plan: &mut Plan, router: HostId, link: LinkId) {
    plan.symmetric_nat(router, link);
}

#[ns_test(net, mount, timeout = "60s")]
fn a_direct_path_leads_through_two_masquerades() -> Result<(), Box<dyn Error>> {
    assert_eq!(peers_hear([masquerade, masquerade])?, [true, true]);
    Ok(())
}

#[ns_test(net, mount, timeout = "60s")]
fn a_symmetric_nat_needs_a_relay() -> Result<(), Box<dyn Error>> {
    assert_eq!(peers_hear([symmetric, masquerade])?, [false, false]);
    assert_eq!(peers_hear([symmetric, symmetric])?, [false, false]);
    Ok(())
}

ns_test::main!();
