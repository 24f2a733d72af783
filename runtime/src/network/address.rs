//! The addresses of each interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::mistake::Mistake;
use super::plan;
use super::prefix::{Prefix, bits, host_mask, is_point_to_point, to_bits};
use super::topology::Topology;

/// Indexes into arrays of two: IPv4, IPv6.
const V4: usize = 0;
const V6: usize = 1;

/// Assigns addresses to each port, and networks to each segment.
pub(super) fn assign(topology: &mut Topology, asked: &[plan::Address]) -> Result<(), Mistake> {
    for address in asked {
        place(topology, address)?;
    }
    for (family, is_wanted) in [(V4, topology.v4), (V6, topology.v6)] {
        if !is_wanted {
            continue;
        }
        for segment in 0..topology.segments.len() {
            fill(topology, segment, family)?;
        }
    }
    for port in &mut topology.ports {
        port.addresses.sort_by_key(|(address, _)| address.is_ipv6());
    }
    check_unique(topology)
}

/// Adds an address of the plan to its port.
fn place(topology: &mut Topology, asked: &plan::Address) -> Result<(), Mistake> {
    let host = topology.host(asked.host)?;
    let name = || topology.hosts[host].name.clone();
    let (address, length) = parse(&asked.text).ok_or_else(|| Mistake::BadAddress {
        host: name(),
        address: asked.text.clone(),
    })?;
    let family = usize::from(address.is_ipv6());
    if ![topology.v4, topology.v6][family] {
        return Err(Mistake::OtherFamily {
            host: name(),
            address: asked.text.clone(),
        });
    }
    let on = asked.on.map(|link| topology.ends(link)).transpose()?;
    let candidates = || {
        let ports = topology.hosts[host].ports.iter().copied();
        ports.filter(|port| on.as_ref().is_none_or(|(ends, _)| ends.contains(port)))
    };
    let network = |port: usize| topology.segments[topology.ports[port].segment].prefixes[family];
    let prefix = Prefix::of(address, length);
    let holds = |port: &usize| network(*port) == Some(prefix);
    let port = candidates()
        .find(holds)
        .or_else(|| candidates().find(|port| network(*port).is_none()))
        .ok_or_else(|| Mistake::NoInterface {
            host: name(),
            address: asked.text.clone(),
        })?;
    let segment = topology.ports[port].segment;
    topology.segments[segment].prefixes[family] = Some(prefix);
    topology.ports[port].addresses.push((address, length));
    Ok(())
}

/// Assigns the lowest free addresses to the ports of a segment that have none of the family.
fn fill(topology: &mut Topology, segment: usize, family: usize) -> Result<(), Mistake> {
    let prefix = match topology.segments[segment].prefixes[family] {
        Some(prefix) => prefix,
        None => free_prefix(topology, segment, family),
    };
    topology.segments[segment].prefixes[family] = Some(prefix);
    let ports = topology.segments[segment].ports.clone();
    let is_of_family = |address: &IpAddr| usize::from(address.is_ipv6()) == family;
    let mut used: Vec<IpAddr> = Vec::new();
    for port in &ports {
        for (address, _) in &topology.ports[*port].addresses {
            used.push(*address);
        }
    }
    used.retain(is_of_family);
    let first = u128::from(!is_point_to_point(prefix.address, prefix.length));
    let mut number = first;
    for port in ports {
        let port = &mut topology.ports[port];
        if port
            .addresses
            .iter()
            .any(|(address, _)| is_of_family(address))
        {
            continue;
        }
        let address = loop {
            let candidate = prefix.host(number).ok_or_else(|| Mistake::NoRoom {
                link: topology.segments[segment].name.clone(),
            })?;
            number += 1;
            if !used.contains(&candidate) {
                break candidate;
            }
        };
        used.push(address);
        port.addresses.push((address, prefix.length));
    }
    Ok(())
}

/// Returns `10.0.N.0/24` or `fd00:N::/64`, where N is the segment's number, or the next number
/// whose network contains no address of the plan.
fn free_prefix(topology: &Topology, segment: usize, family: usize) -> Prefix {
    let others = topology
        .segments
        .iter()
        .filter_map(|other| other.prefixes[family]);
    let others: Vec<Prefix> = others.collect();
    (segment..)
        .map(|number| automatic(number, family))
        .find(|prefix| !others.iter().any(|other| other.overlaps(prefix)))
        .unwrap_or_else(|| automatic(segment, family))
}

fn automatic(number: usize, family: usize) -> Prefix {
    let number = u16::try_from(number).unwrap_or(u16::MAX);
    let [high, low] = number.to_be_bytes();
    if family == V4 {
        Prefix {
            address: Ipv4Addr::new(10, high, low, 0).into(),
            length: 24,
        }
    } else {
        Prefix {
            address: Ipv6Addr::new(0xfd00, number, 0, 0, 0, 0, 0, 0).into(),
            length: 64,
        }
    }
}

fn check_unique(topology: &Topology) -> Result<(), Mistake> {
    let twice = |address: String| Err(Mistake::AddressTwice { address });
    let prefixes = topology
        .segments
        .iter()
        .flat_map(|segment| segment.prefixes)
        .flatten();
    let prefixes: Vec<Prefix> = prefixes.collect();
    for (at, prefix) in prefixes.iter().enumerate() {
        if prefixes[..at].iter().any(|other| other.overlaps(prefix)) {
            return twice(format!("{}/{}", prefix.address, prefix.length));
        }
    }
    let mut seen: Vec<IpAddr> = Vec::new();
    for (address, _) in topology.ports.iter().flat_map(|port| &port.addresses) {
        if seen.contains(address) {
            return twice(address.to_string());
        }
        seen.push(*address);
    }
    Ok(())
}

/// Parses `198.51.100.2/24`: an address that a host can have, with the length of its network's
/// prefix.
fn parse(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = digits.then(|| length.parse().ok())??;
    let special = address.is_loopback() || address.is_multicast() || address.is_unspecified();
    let link_local = matches!(address, IpAddr::V6(v6) if v6.segments()[0] & 0xffc0 == 0xfe80);
    let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    if length == 0 || length > bits(address) || special || link_local || broadcast {
        return None;
    }
    let part = to_bits(address) & host_mask(address, length);
    let whole_network = length >= bits(address) - 1;
    let is_host =
        whole_network || part != 0 && (address.is_ipv6() || part != host_mask(address, length));
    is_host.then_some((address, length))
}
