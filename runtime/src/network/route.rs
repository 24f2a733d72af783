//! Routes through the plan's routers, by the fewest hops.

use std::collections::VecDeque;

use super::prefix::Prefix;
use super::topology::{Route, Topology};

/// The first hop to a segment: through the first router's port, from the host's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hop {
    own: usize,
    router: usize,
}

/// Gives each host its routes.
pub(super) fn compute(topology: &mut Topology) {
    if !topology.hosts.iter().any(|host| host.router) {
        return;
    }
    for host in 0..topology.hosts.len() {
        let hops = first_hops(topology, host);
        let routes = if topology.hosts[host].router {
            to_each(topology, &hops)
        } else {
            shortened(topology, &hops)
        };
        topology.hosts[host].routes = routes;
    }
}

/// Returns the first hop to each segment. `None`: the host is on it, or no path leads there.
fn first_hops(topology: &Topology, host: usize) -> Vec<Option<Hop>> {
    let mut hops = vec![None; topology.segments.len()];
    let mut seen = vec![false; topology.segments.len()];
    let mut queue = VecDeque::new();
    for port in &topology.hosts[host].ports {
        let segment = topology.ports[*port].segment;
        seen[segment] = true;
        queue.push_back((segment, *port));
    }
    while let Some((segment, own)) = queue.pop_front() {
        for entry in &topology.segments[segment].ports {
            let router = topology.ports[*entry].host;
            let forwards = topology.hosts[router].router && router != host;
            // From the side that it masquerades to, only replies enter a router.
            if !forwards || topology.masquerades(router, *entry) {
                continue;
            }
            for exit in &topology.hosts[router].ports {
                let next = topology.ports[*exit].segment;
                if !std::mem::replace(&mut seen[next], true) {
                    let first = hops[segment].unwrap_or(Hop {
                        own,
                        router: *entry,
                    });
                    hops[next] = Some(first);
                    queue.push_back((next, own));
                }
            }
        }
    }
    hops
}

/// Returns a route to each network.
fn to_each(topology: &Topology, hops: &[Option<Hop>]) -> Vec<Route> {
    let mut routes = Vec::new();
    for (segment, hop) in topology.segments.iter().zip(hops) {
        let Some(hop) = hop else { continue };
        for prefix in segment.prefixes.iter().flatten() {
            routes.extend(route(topology, *hop, Some(*prefix)));
        }
    }
    routes
}

/// Returns one default route if all paths begin with the same router, as for a typical client.
fn shortened(topology: &Topology, hops: &[Option<Hop>]) -> Vec<Route> {
    let mut all = hops.iter().flatten();
    match all.next() {
        Some(first) if all.all(|hop| hop == first) => {
            let families = [topology.v4, topology.v6];
            let families = families
                .into_iter()
                .enumerate()
                .filter(|(_, wanted)| *wanted);
            let defaults =
                families.filter_map(|(family, _)| default(topology, *first, family == 1));
            defaults.collect()
        }
        _ => to_each(topology, hops),
    }
}

fn default(topology: &Topology, hop: Hop, v6: bool) -> Option<Route> {
    let addresses = topology.ports[hop.router].addresses.iter();
    let via = addresses
        .map(|(address, _)| *address)
        .find(|address| address.is_ipv6() == v6)?;
    Some(Route {
        to: None,
        via,
        interface: topology.ports[hop.own].index,
    })
}

fn route(topology: &Topology, hop: Hop, to: Option<Prefix>) -> Option<Route> {
    let v6 = to.is_some_and(|prefix| prefix.address.is_ipv6());
    default(topology, hop, v6).map(|route| Route { to, ..route })
}
