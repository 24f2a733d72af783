//! The destinations of a frame, and whether it may pass.

use std::net::IpAddr;

use super::frame;
use super::message::{Blocks, CUT_IN, CUT_OUT, HOLD_IN, HOLD_OUT};
use crate::network::topology::Topology;

/// The connections between hosts.
pub(super) struct Ways {
    /// The segment and the host of each port.
    ports: Vec<(usize, usize)>,
    /// The ports of each segment.
    segments: Vec<Vec<usize>>,
    macs: Vec<[u8; 6]>,
    /// The host of each address, sorted. IPv4 addresses are mapped to IPv6.
    owners: Vec<([u8; 16], usize)>,
}

/// What happens to a frame on its way from one port to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    Free,
    Cut,
    Held,
}

impl Ways {
    /// Derives the connections from the topology. Allocates.
    pub(super) fn new(topology: &Topology) -> Self {
        let mut ways = Self {
            ports: Vec::new(),
            segments: Vec::new(),
            macs: Vec::new(),
            owners: Vec::new(),
        };
        for port in &topology.ports {
            ways.ports.push((port.segment, port.host));
            ways.macs.push(port.mac);
            for (address, _) in &port.addresses {
                ways.add_owner(*address, port.host);
            }
            ways.add_owner(port.link_local().into(), port.host);
        }
        for segment in &topology.segments {
            ways.segments.push(segment.ports.clone());
        }
        ways
    }

    /// Returns the destination ports of a frame from this one: the one with its destination's MAC,
    /// or all others of the segment.
    pub(super) fn destinations(
        &self,
        from: usize,
        frame: &[u8],
    ) -> impl Iterator<Item = usize> + use<'_> {
        let all = &self.segments[self.ports[from].0];
        let known = all
            .iter()
            .position(|port| frame.get(..6) == Some(&self.macs[*port][..]));
        // Not with two ports, where a frame to an unknown MAC can only be for the other one.
        let (one, others) = match known.filter(|_| all.len() > 2) {
            Some(at) => (&all[at..=at], &all[..0]),
            None => (&all[..0], &all[..]),
        };
        one.iter()
            .chain(others)
            .copied()
            .filter(move |port| *port != from)
    }

    pub(super) fn passage(&self, blocks: &Blocks, from: usize, to: usize, frame: &[u8]) -> Passage {
        let (out, into) = (blocks.ports[from], blocks.ports[to]);
        if out & CUT_OUT != 0
            || into & CUT_IN != 0
            || self.is_between_cut_hosts(blocks, from, to, frame)
        {
            Passage::Cut
        } else if out & HOLD_OUT != 0 || into & HOLD_IN != 0 {
            Passage::Held
        } else {
            Passage::Free
        }
    }

    /// Returns whether a cut is between the hosts at the ends of the cable, or between the packet's
    /// source and destination, which may be behind routers.
    fn is_between_cut_hosts(&self, blocks: &Blocks, from: usize, to: usize, frame: &[u8]) -> bool {
        if !blocks.any_pair() {
            return false;
        }
        if blocks.blocks_pair(self.ports[from].1, self.ports[to].1) {
            return true;
        }
        let ends = frame::ip_addresses(frame).and_then(|(source, destination)| {
            Some((self.owner(source)?, self.owner(destination)?))
        });
        ends.is_some_and(|(from, to)| blocks.blocks_pair(from, to))
    }

    fn add_owner(&mut self, address: IpAddr, host: usize) {
        let key = mapped(address);
        let (Ok(at) | Err(at)) = self.find(&key);
        self.owners.insert(at, (key, host));
    }

    fn owner(&self, address: &[u8]) -> Option<usize> {
        let mut key = MAPPED;
        key[16 - address.len().min(16)..].copy_from_slice(address.get(..16).unwrap_or(address));
        let at = self.find(&key).ok()?;
        Some(self.owners[at].1)
    }

    /// Returns the place of an address among the owners, or the place to insert it.
    fn find(&self, key: &[u8; 16]) -> Result<usize, usize> {
        self.owners
            .binary_search_by(|(address, _)| address.cmp(key))
    }
}

/// `::ffff:0.0.0.0`.
const MAPPED: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0];

fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}
