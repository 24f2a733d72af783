//! The resolved network: interfaces with names, numbers and addresses.

use std::net::{IpAddr, Ipv6Addr};

use super::id::{HostId, LinkId};
use super::link::Link;
use super::mistake::Mistake;
use super::nat::Mapping;
use super::prefix::Prefix;

/// A plan without mistakes, resolved.
#[derive(Debug)]
pub(super) struct Topology {
    pub(super) plan: u32,
    pub(super) hosts: Vec<Host>,
    pub(super) segments: Vec<Segment>,
    pub(super) ports: Vec<Port>,
    pub(super) v4: bool,
    pub(super) v6: bool,
}

#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) router: bool,
    /// Its interfaces, in order: `eth0` first.
    pub(super) ports: Vec<usize>,
    pub(super) routes: Vec<Route>,
    /// The ports on which it translates addresses.
    pub(super) masquerades: Vec<(usize, Mapping)>,
}

/// A link or a switch.
#[derive(Debug)]
pub(super) struct Segment {
    /// Named after its hosts: `client-server`.
    pub(super) name: String,
    pub(super) switch: bool,
    pub(super) link: Link,
    pub(super) ports: Vec<usize>,
    /// Its networks: IPv4, IPv6.
    pub(super) prefixes: [Option<Prefix>; 2],
}

/// An interface of a host. It also identifies the direction in which that host sends.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) host: usize,
    pub(super) segment: usize,
    pub(super) interface: String,
    /// The interface's index on the host.
    pub(super) index: u32,
    pub(super) mac: [u8; 6],
    pub(super) mtu: u32,
    pub(super) addresses: Vec<(IpAddr, u8)>,
    /// Whether the wire moves its packets.
    pub(super) wired: bool,
}

impl Port {
    /// Returns the link-local address that the kernel derives from the MAC (RFC 4291, appendix A).
    pub(super) fn link_local(&self) -> Ipv6Addr {
        let [a, b, c, d, e, f] = self.mac.map(u16::from);
        let groups = [(a ^ 2) << 8 | b, c << 8 | 0xff, 0xfe00 | d, e << 8 | f];
        let [g0, g1, g2, g3] = groups;
        Ipv6Addr::new(0xfe80, 0, 0, 0, g0, g1, g2, g3)
    }
}

/// A line of a host's routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// `None`: the default route.
    pub(super) to: Option<Prefix>,
    pub(super) via: IpAddr,
    /// The index of the host's interface.
    pub(super) interface: u32,
}

impl Topology {
    /// Returns the host's index.
    pub(super) fn host(&self, host: HostId) -> Result<usize, Mistake> {
        let known = host.plan == self.plan && host.number < self.hosts.len();
        known.then_some(host.number).ok_or(Mistake::Foreign)
    }

    /// Returns whether the host translates addresses on this port.
    pub(super) fn masquerades(&self, host: usize, port: usize) -> bool {
        let ports = &self.hosts[host].masquerades;
        ports.iter().any(|(other, _)| *other == port)
    }

    /// Returns the ports at the ends of a link, and its name. A switch's cable has only one port.
    pub(super) fn ends(&self, link: LinkId) -> Result<(Vec<usize>, String), Mistake> {
        let segment = self
            .segments
            .get(link.segment)
            .filter(|_| link.plan == self.plan);
        let segment = segment.ok_or(Mistake::Foreign)?;
        let Some(member) = link.member else {
            return Ok((segment.ports.clone(), segment.name.clone()));
        };
        let port = *segment.ports.get(member).ok_or(Mistake::Foreign)?;
        let host = &self.hosts[self.ports[port].host].name;
        Ok((vec![port], format!("{host} on {}", segment.name)))
    }

    pub(super) fn has_wire(&self) -> bool {
        self.ports.iter().any(|port| port.wired)
    }

    /// Returns a switch's name in drawings: `switch`, or `switch 2` if there are several.
    pub(super) fn switch_label(&self, segment: usize) -> String {
        let (mut all, mut number) = (0, 0);
        for (at, other) in self.segments.iter().enumerate() {
            all += usize::from(other.switch);
            number += usize::from(other.switch && at <= segment);
        }
        match all {
            ..=1 => "switch".to_owned(),
            _ => format!("switch {number}"),
        }
    }

    /// Returns the labels of each port's direction, all of one width: `client → server`, `n1 →
    /// switch`. Those of parallel links have the interface, too: `client → server (eth1)`.
    pub(super) fn direction_labels(&self) -> Vec<String> {
        let host = |port: &usize| self.hosts[self.ports[*port].host].name.as_str();
        let label = |number: usize| {
            let at = self.ports[number].segment;
            let segment = &self.segments[at];
            let mut others = segment.ports.iter().filter(|port| **port != number);
            match others.next() {
                Some(to) if !segment.switch => format!("{} → {}", host(&number), host(to)),
                _ => format!("{} → {}", host(&number), self.switch_label(at)),
            }
        };
        let mut plain = Vec::new();
        for number in 0..self.ports.len() {
            plain.push(label(number));
        }
        let mut labels = Vec::new();
        let mut width = 0;
        for (number, port) in self.ports.iter().enumerate() {
            let mut label = plain[number].clone();
            if plain.iter().filter(|other| **other == label).count() > 1 {
                label = format!("{label} ({})", port.interface);
            }
            width = width.max(label.chars().count());
            labels.push(label);
        }
        for label in &mut labels {
            *label = format!("{label:width$}");
        }
        labels
    }
}
