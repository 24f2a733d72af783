//! The kinds of address translation: which outer ports a router uses, and which packets from
//! outside pass.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use ns_test::network::{HostId, Link, LinkId, Network, Plan};
use ns_test::ns_test;

use crate::traffic::LONG;

/// Adds an address translation to a plan.
type Translate = fn(&mut Plan, HostId, LinkId);

fn masquerade(plan: &mut Plan, router: HostId, link: LinkId) {
    plan.masquerade(router, link);
}

fn symmetric(plan: &mut Plan, router: HostId, link: LinkId) {
    plan.symmetric_nat(router, link);
}

/// Two networks behind routers, and a server between the routers.
struct Homes {
    network: Network,
    /// A host behind each router.
    peers: [HostId; 2],
    /// A second host behind the first router.
    neighbour: HostId,
    router: HostId,
    uplink: LinkId,
    server: HostId,
}

impl Homes {
    fn new(translate: [Translate; 2]) -> Self {
        let mut plan = Network::plan();
        let [a, b, neighbour] = ["a", "b", "neighbour"].map(|name| plan.host(name));
        let routers = ["home-a", "home-b"].map(|name| plan.router(name));
        let server = plan.host("server");
        plan.switch(&[a, neighbour, routers[0]], Link::new());
        plan.link(b, routers[1], Link::direct());
        let internet = plan.router("internet");
        let uplinks = routers.map(|router| plan.link(router, internet, Link::new()));
        for (at, translate) in translate.into_iter().enumerate() {
            translate(&mut plan, routers[at], uplinks[at]);
        }
        plan.link(internet, server, Link::direct());
        Self {
            network: plan.build().expect("a network"),
            peers: [a, b],
            neighbour,
            router: routers[0],
            uplink: uplinks[0],
            server,
        }
    }

    /// Opens a socket on a host, for IPv4 and IPv6.
    fn socket(&self, host: HostId, port: u16) -> UdpSocket {
        let socket = self.network[host].run(|| UdpSocket::bind(("::", port)));
        let socket = socket.expect("the port is free");
        socket.set_read_timeout(Some(LONG)).expect("an option");
        socket
    }

    /// Sends a datagram to a socket of the server, and returns the source address it sees.
    fn seen(&self, from: &UdpSocket, server: &UdpSocket, family: usize) -> SocketAddr {
        let port = server.local_addr().expect("it is bound").port();
        let address = self.network[self.server].addresses()[family];
        let (_, source) = self.ask(from, server, SocketAddr::from((address, port)));
        source
    }

    fn ask(&self, from: &UdpSocket, server: &UdpSocket, to: SocketAddr) -> (IpAddr, SocketAddr) {
        from.send_to(b"?", mapped(to)).expect("there is a route");
        let (_, source) = server.recv_from(&mut [0; 8]).expect("it arrives");
        server.send_to(b"!", source).expect("there is a route");
        let (_, answered) = from.recv_from(&mut [0; 8]).expect("the answer arrives");
        assert_eq!(plain(answered), to);
        (to.ip(), plain(source))
    }
}

/// Returns an IPv4 address as a socket of both families needs it.
fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(v4) => (v4.to_ipv6_mapped(), address.port()).into(),
        IpAddr::V6(_) => address,
    }
}

fn plain(address: SocketAddr) -> SocketAddr {
    (address.ip().to_canonical(), address.port()).into()
}

#[ns_test(net, mount)]
fn a_masquerade_has_one_port_for_all_destinations() {
    let homes = Homes::new([masquerade; 2]);
    let outside = homes.network[homes.router].addresses()[2..].to_vec();
    let services = [3478, 3479, 3480].map(|port| homes.socket(homes.server, port));
    let first = homes.socket(homes.peers[0], 5000);
    let second = homes.socket(homes.neighbour, 5000);
    for (family, outside) in outside.into_iter().enumerate() {
        let seen = |from| services.each_ref().map(|to| homes.seen(from, to, family));
        assert_eq!(seen(&first), [SocketAddr::from((outside, 5000)); 3]);
        let of_second = seen(&second);
        assert_ne!(of_second[0].port(), 5000);
        assert_eq!(of_second, [of_second[0]; 3]);
        assert_eq!(of_second[0].ip(), outside);
        assert_eq!(seen(&first), [SocketAddr::from((outside, 5000)); 3]);
    }
}

#[ns_test(net, mount)]
fn a_symmetric_nat_has_a_port_for_each_destination() {
    let homes = Homes::new([symmetric; 2]);
    let services = [3478, 3479, 3480].map(|port| homes.socket(homes.server, port));
    let socket = homes.socket(homes.peers[0], 5000);
    for family in 0..2 {
        let seen = services
            .each_ref()
            .map(|to| homes.seen(&socket, to, family));
        // Three random ports are the same by chance once in four thousand million runs.
        assert!(seen.iter().any(|other| *other != seen[0]), "{seen:?}");
        let again = services
            .each_ref()
            .map(|to| homes.seen(&socket, to, family));
        assert_eq!(again, seen, "a mapping lasts");
    }
}

/// Punches holes, as ICE does: each peer learns its outer address from the server, and sends to the
/// outer address of the other one. Returns which peers have received something.
fn punch(homes: &Homes, family: usize) -> [bool; 2] {
    let server = homes.socket(homes.server, 3478);
    let peers = homes.peers.map(|host| homes.socket(host, 5000));
    let outside = peers
        .each_ref()
        .map(|peer| homes.seen(peer, &server, family));
    let mut received = [false; 2];
    for _ in 0..3 {
        for (own, other) in [(0, 1), (1, 0)] {
            let sent = peers[own].send_to(b"punch", mapped(outside[other]));
            sent.expect("there is a route");
            peers[other]
                .set_read_timeout(Some(Duration::from_millis(200)))
                .expect("an option");
            received[other] |= peers[other].recv(&mut [0; 8]).is_ok();
        }
    }
    received
}

#[ns_test(net, mount, timeout = "60s")]
fn holes_are_punched_through_two_masquerades() {
    for family in 0..2 {
        assert_eq!(punch(&Homes::new([masquerade; 2]), family), [true; 2]);
    }
}

#[ns_test(net, mount, timeout = "60s")]
fn no_hole_is_punched_through_a_symmetric_nat() {
    for family in 0..2 {
        assert_eq!(
            punch(&Homes::new([symmetric, masquerade]), family),
            [false; 2]
        );
        assert_eq!(punch(&Homes::new([symmetric; 2]), family), [false; 2]);
    }
}

#[ns_test(net, mount)]
fn the_last_kind_of_translation_decides() {
    let both: Translate = |plan, router, link| {
        plan.symmetric_nat(router, link).masquerade(router, link);
    };
    let homes = Homes::new([both; 2]);
    let drawing = homes.network.to_string();
    assert!(
        drawing.contains("router, masquerades on home-a-internet\n"),
        "{drawing}"
    );
    let homes = Homes::new([symmetric; 2]);
    let drawing = homes.network.to_string();
    assert!(
        drawing.contains("router, symmetric NAT on home-a-internet\n"),
        "{drawing}"
    );
}

#[ns_test(net, mount)]
fn nothing_unrequested_is_answered_from_outside() {
    let homes = Homes::new([masquerade; 2]);
    for outside in homes.network[homes.router].addresses()[2..].iter().copied() {
        let stranger = homes.socket(homes.server, 0);
        let to = mapped((outside, 9).into());
        stranger.connect(to).expect("there is a route");
        let sent = || homes.network.stats().sent(homes.router, homes.uplink).seen;
        let before = sent();
        stranger.send(b"?").expect("it is sent");
        let connect = || TcpStream::connect_timeout(&to, Duration::from_millis(200));
        let refused = homes.network[homes.server].run(connect);
        let kind = refused.expect_err("nothing listens").kind();
        assert_eq!(kind, io::ErrorKind::TimedOut);
        assert_eq!(sent(), before, "no port unreachable, no reset");
    }
}

#[ns_test(net, mount)]
fn services_of_the_router_are_reached_from_outside() {
    let homes = Homes::new([masquerade; 2]);
    let router = &homes.network[homes.router];
    let service = homes.socket(homes.router, 53);
    let listener = router.run(|| TcpListener::bind("[::]:53")).expect("a port");
    let client = homes.socket(homes.server, 0);
    for outside in router.addresses()[2..].iter().copied() {
        homes.ask(&client, &service, (outside, 53).into());
        let connect = || TcpStream::connect((outside, 53));
        let _client = homes.network[homes.server]
            .run(connect)
            .expect("it listens");
        listener.accept().expect("a connection");
        let ping = homes.network[homes.server]
            .command("ping")
            .args(["-c", "1", "-W", "20", &outside.to_string()])
            .output();
        assert!(ping.expect("it runs").status.success());
    }
}
