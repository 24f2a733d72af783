//! Two or more hosts that send datagrams to each other.

use std::io;
use std::net::{IpAddr, UdpSocket};

use ns_test::network::{Host, HostId, Link, LinkId, Network};

use crate::traffic::eventually;

/// A socket on each host, and its address there.
pub(crate) struct Peers<'n> {
    network: &'n Network,
    sockets: Vec<(HostId, UdpSocket)>,
}

impl<'n> Peers<'n> {
    pub(crate) fn new(network: &'n Network, hosts: &[HostId]) -> Self {
        let socket = |host: &Host| {
            let socket = host.run(|| UdpSocket::bind("0.0.0.0:7")).expect("a port");
            socket.set_nonblocking(true).expect("an option");
            socket
        };
        let sockets = hosts.iter().map(|host| (*host, socket(&network[*host])));
        Self {
            network,
            sockets: sockets.collect(),
        }
    }

    pub(crate) fn socket(&self, host: HostId) -> &UdpSocket {
        let found = self.sockets.iter().find(|(other, _)| *other == host);
        &found.expect("it has a socket").1
    }

    pub(crate) fn address(&self, host: HostId) -> IpAddr {
        self.network[host].addresses()[0]
    }

    /// Returns whether a datagram arrives, or is counted as cut.
    pub(crate) fn reach(&self, from: HostId, to: HostId) -> bool {
        let before = self.network.stats().total().cut;
        self.drain(to);
        let sent = self.socket(from).send_to(b"?", (self.address(to), 7));
        sent.expect("it can be sent");
        let mut arrived = false;
        eventually(|| {
            arrived = self.drain(to) > 0;
            arrived || self.network.stats().total().cut > before
        });
        arrived
    }

    /// Reads all pending datagrams.
    pub(crate) fn drain(&self, at: HostId) -> usize {
        let socket = self.socket(at);
        let next = || match socket.recv(&mut [0; 2048]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            received => Some(received.expect("it can be read")),
        };
        std::iter::from_fn(next).count()
    }
}

/// Builds two hosts and a link between them.
pub(crate) fn pair() -> (Network, HostId, HostId, LinkId) {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    let link = plan.link(a, b, Link::new());
    (plan.build().expect("a network"), a, b, link)
}
