//! A host's interfaces, addresses, routes, neighbours and address translation.

use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;

use super::{offload, ready, request};
use crate::network::nat::Mapping;
use crate::network::netlink::{self, Batch, Socket};
use crate::network::refused::Refused;
use crate::network::topology::{Port, Topology};

/// The index of `lo` in every namespace.
const LOOPBACK: u32 = 1;

/// A larger switch has no permanent neighbours, because each pair of hosts needs one.
const MOST_PERMANENT: usize = 200;

/// Configures a host's interfaces, without addresses. They follow later, because an IPv6 address is
/// usable at once only if both ends of the link are up.
pub(super) fn set_up(topology: &Topology, host: usize, namespace: &OwnedFd) -> Result<(), Refused> {
    let step = "set up the interfaces of a host";
    let name = &topology.hosts[host].name;
    request::enter(namespace, step)?;
    let mut wired = Vec::new();
    let mut batch = Batch::new();
    batch.set_up(LOOPBACK, name);
    for port in &topology.hosts[host].ports {
        let port = &topology.ports[*port];
        batch.set_up(port.index, name);
        if port.wired {
            wired.push(port.interface.as_str());
        }
    }
    offload::switch_off(name, &wired)?;
    request::send(step, &batch).map(drop)
}

pub(super) fn configure(
    topology: &Topology,
    host: usize,
    namespace: &OwnedFd,
) -> Result<(), Refused> {
    let step = "add the addresses and routes of a host";
    let node = &topology.hosts[host];
    let (mut ports, mut indexes) = (Vec::new(), Vec::new());
    for port in &node.ports {
        let port = &topology.ports[*port];
        ports.push(port);
        indexes.push(port.index);
    }
    ready::settle(namespace, &indexes, &node.name)?;
    let mut batch = Batch::new();
    for port in &ports {
        for (address, length) in &port.addresses {
            batch.new_address(port.index, *address, *length, &node.name);
        }
        add_neighbours(&mut batch, topology, port);
    }
    if let (true, Some(first)) = (topology.v4, ports.first()) {
        add_broadcast_routes(&mut batch, first.index, &node.name);
    }
    for route in &node.routes {
        let to = route.to.map(|prefix| (prefix.address, prefix.length));
        batch.new_route(to, route.via, route.interface, &node.name);
    }
    request::send(step, &batch).map_err(|refused| {
        if topology.v6 {
            refused.if_unsupported("this kernel has no IPv6: call `Plan::v4_only`")
        } else {
            refused
        }
    })?;
    if node.masquerades.is_empty() {
        return Ok(());
    }
    let mut interfaces = Vec::new();
    for (port, mapping) in &node.masquerades {
        let random_ports = *mapping == Mapping::Symmetric;
        interfaces.push((topology.ports[*port].index, random_ports));
    }
    masquerade(&interfaces, [topology.v4, topology.v6], &node.name)
}

/// Adds a direct route to the multicast and limited broadcast addresses. A machine with a default
/// route can send to them as well. IPv6 adds such routes automatically.
fn add_broadcast_routes(batch: &mut Batch, interface: u32, host: &str) {
    batch.new_link_route((Ipv4Addr::new(224, 0, 0, 0).into(), 4), interface, host);
    batch.new_link_route((Ipv4Addr::BROADCAST.into(), 32), interface, host);
}

/// Adds neighbours for all known MACs, so that the first packet does not wait for address
/// resolution.
fn add_neighbours(batch: &mut Batch, topology: &Topology, port: &Port) {
    let segment = &topology.segments[port.segment];
    if segment.ports.len() > MOST_PERMANENT {
        return;
    }
    let name = &topology.hosts[port.host].name;
    for other in &segment.ports {
        let other = &topology.ports[*other];
        if other.host == port.host {
            continue;
        }
        for (address, _) in &other.addresses {
            batch.new_neighbour(port.index, *address, other.mac, name);
        }
        if topology.v6 {
            batch.new_neighbour(port.index, other.link_local().into(), other.mac, name);
        }
    }
}

fn masquerade(
    interfaces: &[(u32, bool)],
    families: [bool; 2],
    router: &str,
) -> Result<(), Refused> {
    let step = "set up the address translation of a router";
    let batch = netlink::masquerade(interfaces, families, router);
    let sent = Socket::netfilter().and_then(|socket| socket.send(&batch));
    sent.map(drop).map_err(|refusal| {
        request::explain(step, refusal).because(
            "address translation needs the kernel's nf_tables: run `modprobe -a nft_chain_nat nft_masq nft_ct nft_socket` as root",
        )
    })
}
