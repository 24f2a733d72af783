//! The packet counters of a network.

use super::id::{HostId, LinkId};
use super::topology::Topology;
use super::wire::{Count, Counts};

/// The packet counters of a network, returned by [`Network::stats`](super::Network::stats).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    plan: u32,
    segments: Vec<Vec<usize>>,
    hosts: Vec<usize>,
    ports: Vec<Counters>,
    missed: u64,
}

/// Packet counters.
///
/// On a link between two hosts, `seen + duplicated` is the sum of `delivered` and all fields after
/// it. On a switch a packet to several hosts counts as delivered, or cut, once for each of them.
///
/// Neighbour discovery (ARP, NDP, MLD) is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Packets that were sent.
    pub seen: u64,
    /// Bytes that were sent, Ethernet headers included.
    pub bytes: u64,
    /// Packets that were sent twice.
    pub duplicated: u64,
    /// Packets chosen to change places with the next one.
    pub reordered: u64,
    /// Packets that have arrived.
    pub delivered: u64,
    /// Dropped by chance: `loss` and `loss_bursts`.
    pub lost: u64,
    /// Dropped because the queue before the link was full.
    pub queue: u64,
    /// Dropped by a cut.
    pub cut: u64,
    /// Dropped by [`drop_next`](super::Network::drop_next).
    pub asked: u64,
    /// Dropped because the receiver's interface was down or gone, or the packet too long for it.
    pub undeliverable: u64,
    /// In flight: delayed or held.
    pub waiting: u64,
}

impl Counters {
    fn read(counts: &Counts, port: usize) -> Self {
        let get = |count| counts.get(port, count);
        Self {
            seen: get(Count::Seen),
            bytes: get(Count::Bytes),
            duplicated: get(Count::Duplicated),
            reordered: get(Count::Reordered),
            delivered: get(Count::Delivered),
            lost: get(Count::Lost),
            queue: get(Count::Queue),
            cut: get(Count::Cut),
            asked: get(Count::Asked),
            undeliverable: get(Count::Undeliverable),
            waiting: get(Count::Waiting),
        }
    }

    fn add(mut self, other: &Self) -> Self {
        self.seen += other.seen;
        self.bytes += other.bytes;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.queue += other.queue;
        self.cut += other.cut;
        self.asked += other.asked;
        self.undeliverable += other.undeliverable;
        self.waiting += other.waiting;
        self
    }
}

impl Stats {
    /// Reads the counters. `counts` is `None` if all links are direct.
    pub(super) fn read(topology: &Topology, counts: Option<&Counts>) -> Self {
        let (mut segments, mut hosts, mut ports) = (Vec::new(), Vec::new(), Vec::new());
        for segment in &topology.segments {
            segments.push(segment.ports.clone());
        }
        for (number, port) in topology.ports.iter().enumerate() {
            hosts.push(port.host);
            ports.push(match counts {
                Some(counts) => Counters::read(counts, number),
                None => Counters::default(),
            });
        }
        Self {
            plan: topology.plan,
            segments,
            hosts,
            ports,
            missed: counts.map_or(0, Counts::missed),
        }
    }

    /// Returns the sum over all links and both directions. Direct links count nothing.
    #[must_use]
    pub fn total(&self) -> Counters {
        let mut total = Counters::default();
        for counters in &self.ports {
            total = total.add(counters);
        }
        total
    }

    /// Returns the sum over both directions of a link. For a switch's cable, it counts only the
    /// packets that its host sends.
    ///
    /// # Panics
    /// If the link belongs to another plan.
    #[must_use]
    #[track_caller]
    pub fn link(&self, link: LinkId) -> Counters {
        let mut total = Counters::default();
        for port in self.link_ports(link) {
            total = total.add(&self.ports[port]);
        }
        total
    }

    /// Returns the counters of the packets that the host has sent on a link.
    ///
    /// # Panics
    /// If the link belongs to another plan, or the host is not on it.
    #[must_use]
    #[track_caller]
    pub fn sent(&self, host: HostId, link: LinkId) -> Counters {
        let ports = self.link_ports(link);
        let port = ports
            .iter()
            .find(|port| host.plan == self.plan && self.hosts[**port] == host.number);
        match port {
            Some(port) => self.ports[*port],
            None => panic!("the host is not on this link, or belongs to another plan"),
        }
    }

    /// Returns the number of packets lost by chance.
    #[must_use]
    pub fn lost_by_dice(&self) -> u64 {
        self.total().lost
    }

    /// Returns the number of packets dropped because the queue before a link was full.
    #[must_use]
    pub fn lost_by_queue(&self) -> u64 {
        self.total().queue
    }

    /// Returns the number of packets dropped by a cut.
    #[must_use]
    pub fn lost_by_cut(&self) -> u64 {
        self.total().cut
    }

    /// Returns the number of packets that arrived faster than the machine could receive them. If it
    /// is not 0, all other counters are too low.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    #[track_caller]
    fn link_ports(&self, link: LinkId) -> Vec<usize> {
        let ports = self
            .segments
            .get(link.segment)
            .filter(|_| link.plan == self.plan);
        let ports = match (ports, link.member) {
            (Some(ports), None) => Some(ports.clone()),
            (Some(ports), Some(member)) => ports.get(member).map(|port| vec![*port]),
            (None, _) => None,
        };
        match ports {
            Some(ports) => ports,
            None => panic!(
                "the link belongs to another plan, or its host is not on the switch: use the ids of \
                this network's plan"
            ),
        }
    }
}
