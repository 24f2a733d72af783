//! The network that a test requests.

use std::path::PathBuf;

use super::id::{self, HostId, LinkId, SwitchId};
use super::link::Link;
use super::nat::Mapping;

/// A description of a network: hosts, links, switches, addresses. [`build`](Self::build) makes the
/// network.
///
/// Only [`build`](Self::build) checks the plan. It returns mistakes as an [`Error`](super::Error)
/// that names host and link.
///
/// # Addresses
///
/// Each link and each switch is a separate IP network. They are numbered from 0 on, in the order in
/// which they were added. Their hosts are numbered from 1 on, and have `10.0.LINK.HOST/24`,
/// `fd00:LINK::HOST/64` and a link-local address. Each family uses its own notation, so link 26 is
/// `10.0.26.0/24` and `fd00:1a::/64`. A host has a first interface `eth0` for its first link,
/// `eth1` for its second, and so on. [`address`](Self::address) sets other addresses.
///
/// # Routes
///
/// Every host has a route to every network that the plan's routers lead to, by the fewest hops. No
/// route leads from outside to the networks behind a [`masquerade`](Self::masquerade).
///
/// ```no_run
/// use std::time::Duration;
///
/// use ns_test::network::{Link, Network};
/// use ns_test::ns_test;
///
/// #[ns_test(net, mount)]
/// fn reaches_the_server() -> Result<(), Box<dyn std::error::Error>> {
///     let mut plan = Network::plan();
///     let (client, server) = (plan.host("client"), plan.host("server"));
///     plan.link(client, server, Link::new().delay(Duration::from_millis(10)));
///     let network = plan.build()?;
///     let listener = network[server].run(|| std::net::TcpListener::bind(("server", 80)))?;
///     network[client].run(|| std::net::TcpStream::connect("server:80"))?;
///     drop(listener);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a plan does nothing until it is built"]
pub struct Plan {
    pub(super) number: u32,
    pub(super) hosts: Vec<Host>,
    pub(super) segments: Vec<Segment>,
    pub(super) addresses: Vec<Address>,
    pub(super) masquerades: Vec<(HostId, LinkId, Mapping)>,
    pub(super) capture: Option<PathBuf>,
    pub(super) seed: Option<u64>,
    pub(super) v4_only: bool,
    pub(super) v6_only: bool,
}

/// A host of the plan.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) router: bool,
}

/// A link or a switch of the plan.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) hosts: Vec<HostId>,
    pub(super) link: Link,
    pub(super) switch: bool,
}

/// An address of the plan.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) host: HostId,
    pub(super) on: Option<LinkId>,
    pub(super) text: String,
}

impl Plan {
    pub(super) fn new() -> Self {
        Self {
            number: id::next_plan(),
            hosts: Vec::new(),
            segments: Vec::new(),
            addresses: Vec::new(),
            masquerades: Vec::new(),
            capture: None,
            seed: None,
            v4_only: false,
            v6_only: false,
        }
    }

    /// Adds a host. Its name resolves on every host, through `hosts(5)`. The name can be as long as
    /// a DNS name.
    ///
    /// glibc returns the IPv6 address first. A UDP socket that is bound to `0.0.0.0` can't send to
    /// it: `send_to` fails with "Address family not supported by protocol" (EAFNOSUPPORT). Bind to
    /// `[::]`, which serves both families, or call [`v4_only`](Self::v4_only).
    pub fn host(&mut self, name: impl Into<String>) -> HostId {
        self.add(name.into(), false)
    }

    /// Adds a host that forwards packets between its links.
    pub fn router(&mut self, name: impl Into<String>) -> HostId {
        self.add(name.into(), true)
    }

    /// Connects two hosts.
    pub fn link(&mut self, a: HostId, b: HostId, link: Link) -> LinkId {
        LinkId {
            plan: self.number,
            segment: self.connect(vec![a, b], link, false),
            member: None,
        }
    }

    /// Connects 2 to 253 hosts to a switch. The link's conditions apply once to a packet, between
    /// its sender and the switch. The switch forwards it at once. So with a delay of 2 ms a packet
    /// takes 2 ms from host to host.
    pub fn switch(&mut self, hosts: &[HostId], link: Link) -> SwitchId {
        SwitchId {
            plan: self.number,
            segment: self.connect(hosts.to_vec(), link, true),
        }
    }

    /// Returns the cable between a switch and one of its hosts, for
    /// [`Network::cut`](super::Network::cut) and similar methods. If the host is not on the switch,
    /// the method that uses the link reports it.
    #[must_use]
    pub fn port(&self, switch: SwitchId, host: HostId) -> LinkId {
        let segment = self.segments.get(switch.segment);
        let member =
            segment.and_then(|segment| segment.hosts.iter().position(|other| *other == host));
        LinkId {
            plan: switch.plan,
            segment: switch.segment,
            member: Some(member.unwrap_or(usize::MAX)),
        }
    }

    /// Gives a host an address, with the length of its network's prefix: `198.51.100.2/24`,
    /// `2001:db8::2/64`.
    ///
    /// The address goes to the host's first link whose network contains it, or else to the host's
    /// first link without a network. It defines that link's network: the link's other hosts without
    /// an address get the lowest free ones.
    pub fn address(&mut self, host: HostId, address: impl Into<String>) -> &mut Self {
        self.addresses.push(Address {
            host,
            on: None,
            text: address.into(),
        });
        self
    }

    /// Gives a host an address on this one of its links; see [`address`](Self::address).
    pub fn address_on(
        &mut self,
        host: HostId,
        link: LinkId,
        address: impl Into<String>,
    ) -> &mut Self {
        self.addresses.push(Address {
            host,
            on: Some(link),
            text: address.into(),
        });
        self
    }

    /// Makes a router replace the source address of packets that it forwards to this link with its
    /// own, for IPv4 and IPv6 (`masquerade` of `nft(8)`). No route leads from outside to the
    /// networks behind it.
    ///
    /// In the terms of RFC 4787, the mapping is endpoint-independent: an inner port has one outer
    /// port for all destinations, so UDP hole punching works. The outer port is the inner one,
    /// unless it is taken; then the kernel chooses a random one. The filtering is address and
    /// port-dependent: a packet from outside passes only as an answer. A TCP or UDP packet from
    /// outside that is not an answer reaches the router itself if a socket receives it there.
    /// Otherwise it is dropped without a reply.
    pub fn masquerade(&mut self, router: HostId, link: LinkId) -> &mut Self {
        self.translate(router, link, Mapping::EndpointIndependent)
    }

    /// Makes a router a symmetric NAT on this link. It differs from
    /// [`masquerade`](Self::masquerade) in one point: an inner port has another outer port for each
    /// destination. (In RFC 4787: address and port-dependent mapping.) UDP hole punching fails, and
    /// peers need a relay.
    ///
    /// The kernel chooses the ports at random, independently of the seed. The last call for a
    /// router and a link takes effect.
    pub fn symmetric_nat(&mut self, router: HostId, link: LinkId) -> &mut Self {
        self.translate(router, link, Mapping::Symmetric)
    }

    /// Captures all packets of all links that are not direct, as pcapng with an interface for each
    /// end of a link. Each packet is recorded twice: as its sender sent it and as its receiver got
    /// it.
    ///
    /// A relative path starts at the test's own directory below `NS_TEST_ARTIFACTS`, or below
    /// `ns-test` in cargo's target directory. It can't contain `..`; an absolute path names any
    /// file. If an earlier network of the test had the same path, the new file's name gets a
    /// number: `run-2.pcapng`. The file is kept if the test fails, or if `NS_TEST_CAPTURE` is
    /// `always`. A failed test prints its path.
    pub fn capture(&mut self, path: impl Into<PathBuf>) -> &mut Self {
        self.capture = Some(path.into());
        self
    }

    /// Sets the seed of all random decisions. Default: `NS_TEST_SEED` if that is set, else a number
    /// derived from the test's name, so that a test behaves the same in each run.
    pub fn seed(&mut self, seed: u64) -> &mut Self {
        self.seed = Some(seed);
        self
    }

    /// Leaves out IPv6.
    pub fn v4_only(&mut self) -> &mut Self {
        self.v4_only = true;
        self
    }

    /// Leaves out IPv4.
    pub fn v6_only(&mut self) -> &mut Self {
        self.v6_only = true;
        self
    }

    fn translate(&mut self, router: HostId, link: LinkId, mapping: Mapping) -> &mut Self {
        self.masquerades
            .retain(|(other, on, _)| (*other, *on) != (router, link));
        self.masquerades.push((router, link, mapping));
        self
    }

    fn add(&mut self, name: String, router: bool) -> HostId {
        self.hosts.push(Host { name, router });
        HostId {
            plan: self.number,
            number: self.hosts.len() - 1,
        }
    }

    fn connect(&mut self, hosts: Vec<HostId>, link: Link, switch: bool) -> usize {
        self.segments.push(Segment {
            hosts,
            link,
            switch,
        });
        self.segments.len() - 1
    }
}
