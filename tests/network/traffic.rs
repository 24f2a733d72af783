//! Traffic and waiting shared by several modules.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use ns_test::network::{Host, HostId, Link, LinkId, Network};

/// Longer than any step takes, on an emulated machine too.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Waits for the condition: a busy kernel may deliver packets late.
#[track_caller]
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it never was so");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Two hosts with a link between them.
pub(crate) struct Pair {
    pub(crate) network: Network,
    pub(crate) a: HostId,
    pub(crate) b: HostId,
    pub(crate) link: LinkId,
}

impl Pair {
    pub(crate) fn new(link: Link) -> Self {
        Self::with_seed(link, None)
    }

    pub(crate) fn with_seed(link: Link, seed: Option<u64>) -> Self {
        let mut plan = Network::plan();
        let (a, b) = (plan.host("a"), plan.host("b"));
        let link = plan.link(a, b, link);
        seed.map(|seed| plan.seed(seed));
        let network = plan.build().expect("a network");
        Self {
            network,
            a,
            b,
            link,
        }
    }

    pub(crate) fn a(&self) -> &Host {
        &self.network[self.a]
    }

    pub(crate) fn b(&self) -> &Host {
        &self.network[self.b]
    }

    /// Opens a socket on each host; that of `a` is connected to the other one.
    pub(crate) fn udp(&self) -> (UdpSocket, UdpSocket) {
        let receiver = self
            .b()
            .run(|| UdpSocket::bind("0.0.0.0:9"))
            .expect("a port");
        let sender = self
            .a()
            .run(|| UdpSocket::bind("0.0.0.0:0"))
            .expect("a port");
        sender
            .connect((self.b().addresses()[0], 9))
            .expect("an address");
        receiver.set_nonblocking(true).expect("an option");
        (sender, receiver)
    }

    /// Sends this many numbered datagrams, and returns the numbers in the order in which they
    /// arrive.
    pub(crate) fn numbers(&self, count: u32) -> Vec<u32> {
        /// As many as any receive buffer holds.
        const AT_ONCE: usize = 50;
        let (sender, receiver) = self.udp();
        let mut arrived = Vec::new();
        let all: Vec<u32> = (0..count).collect();
        for numbers in all.chunks(AT_ONCE) {
            for number in numbers {
                sender.send(&number.to_le_bytes()).expect("it can be sent");
            }
            let sent = u64::from(numbers.last().expect("they are some") + 1);
            eventually(|| {
                arrived.extend(received(&receiver));
                let total = self.network.stats().sent(self.a, self.link);
                total.seen == sent && total.waiting == 0 && total.delivered == arrived.len() as u64
            });
        }
        assert_eq!(self.network.stats().missed(), 0);
        arrived
    }
}

/// Returns the numbers in the pending datagrams.
fn received(socket: &UdpSocket) -> Vec<u32> {
    let next = || {
        let mut bytes = [0; 4];
        match socket.recv(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            received => {
                assert_eq!(received.expect("it can be read"), 4);
                Some(u32::from_le_bytes(bytes))
            }
        }
    };
    std::iter::from_fn(next).collect()
}

/// Builds a network with all that a build can make: direct links and links through the wire, a
/// switch, a router that masquerades on a link. Returns that link, too.
pub(crate) fn every_kind() -> (Network, LinkId) {
    let mut plan = Network::plan();
    let [a, b, c] = ["a", "b", "c"].map(|name| plan.host(name));
    let router = plan.router("r");
    plan.link(a, b, Link::direct());
    plan.switch(&[a, b, c], Link::new());
    let uplink = plan.link(c, router, Link::new());
    plan.masquerade(router, uplink);
    (plan.build().expect("a network"), uplink)
}
