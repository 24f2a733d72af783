//! The addresses of each interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::mistake::Mistake;
use super::plan;
use super::prefix::{Prefix, bits, host_mask, is_point_to_point, to_bits};
use super::topology::{Port, Topology};

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
    check_unique(topology)
}

/// Adds an address to a port: those of IPv4 come first.
fn add(port: &mut Port, address: IpAddr, length: u8) {
    let mut at = port.addresses.len();
    while address.is_ipv4() && at > 0 && port.addresses[at - 1].0.is_ipv6() {
        at -= 1;
    }
    port.addresses.insert(at, (address, length));
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
    let mut candidates = topology.hosts[host].ports.clone();
    if let Some(link) = asked.on {
        let (ends, _) = topology.ends(link)?;
        candidates.retain(|port| ends.contains(port));
    }
    let prefix = Prefix::of(address, length);
    let (mut within, mut without) = (None, None);
    for port in candidates {
        match topology.segments[topology.ports[port].segment].prefixes[family] {
            Some(other) if other == prefix => within = within.or(Some(port)),
            Some(_) => {}
            None => without = without.or(Some(port)),
        }
    }
    let port = within.or(without).ok_or_else(|| Mistake::NoInterface {
        host: name(),
        address: asked.text.clone(),
    })?;
    let segment = topology.ports[port].segment;
    topology.segments[segment].prefixes[family] = Some(prefix);
    add(&mut topology.ports[port], address, length);
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
        add(port, address, prefix.length);
    }
    Ok(())
}

/// Returns `10.0.N.0/24` or `fd00:N::/64`, where N is the segment's number, or the next number
/// whose network contains no address of the plan.
fn free_prefix(topology: &Topology, segment: usize, family: usize) -> Prefix {
    let is_free = |prefix: &Prefix| {
        for other in &topology.segments {
            if other.prefixes[family].is_some_and(|other| other.overlaps(prefix)) {
                return false;
            }
        }
        true
    };
    let mut number = segment;
    loop {
        let prefix = automatic(number, family);
        if is_free(&prefix) {
            return prefix;
        }
        number += 1;
    }
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
    let mut prefixes: Vec<Prefix> = Vec::new();
    for segment in &topology.segments {
        for prefix in segment.prefixes.into_iter().flatten() {
            if prefixes.iter().any(|other| other.overlaps(&prefix)) {
                return twice(format!("{}/{}", prefix.address, prefix.length));
            }
            prefixes.push(prefix);
        }
    }
    let mut seen: Vec<IpAddr> = Vec::new();
    for port in &topology.ports {
        for (address, _) in &port.addresses {
            if seen.contains(address) {
                return twice(address.to_string());
            }
            seen.push(*address);
        }
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
