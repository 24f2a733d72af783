//! Routes through the plan's routers, by the fewest hops.

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
    let mut queue = Vec::new();
    for port in &topology.hosts[host].ports {
        let segment = topology.ports[*port].segment;
        seen[segment] = true;
        queue.push((segment, *port));
    }
    let mut done = 0;
    while done < queue.len() {
        let (segment, own) = queue[done];
        done += 1;
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
                    queue.push((next, own));
                }
            }
        }
    }
    hops
}

/// Returns a route to each network.
fn to_each(topology: &Topology, hops: &[Option<Hop>]) -> Vec<Route> {
    let mut routes = Vec::new();
    for (segment, hop) in hops.iter().enumerate() {
        let Some(hop) = hop else { continue };
        for prefix in topology.segments[segment].prefixes.into_iter().flatten() {
            if let Some(route) = route(topology, *hop, Some(prefix)) {
                routes.push(route);
            }
        }
    }
    routes
}

/// Returns one default route if all paths begin with the same router, as for a typical client.
fn shortened(topology: &Topology, hops: &[Option<Hop>]) -> Vec<Route> {
    let mut first = None;
    for hop in hops {
        let Some(hop) = *hop else { continue };
        if hop != *first.get_or_insert(hop) {
            return to_each(topology, hops);
        }
    }
    let Some(first) = first else {
        return Vec::new();
    };
    let mut routes = Vec::new();
    for (v6, wanted) in [(false, topology.v4), (true, topology.v6)] {
        if wanted {
            routes.extend(default(topology, first, v6));
        }
    }
    routes
}

fn default(topology: &Topology, hop: Hop, v6: bool) -> Option<Route> {
    let mut addresses = topology.ports[hop.router].addresses.iter();
    let (via, _) = *addresses.find(|(address, _)| address.is_ipv6() == v6)?;
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
