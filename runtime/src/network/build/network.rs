//! The ordered list of steps.

use std::os::fd::OwnedFd;

use super::links::{hub_index, make_links};
use super::namespace::{self, Settings};
use super::{hosts, ready};
use crate::body;
use crate::network::artifact::{self, Artifact};
use crate::network::error::Error;
use crate::network::host::Host;
use crate::network::plan::Plan;
use crate::network::refused::Refused;
use crate::network::running::Network;
use crate::network::topology::Topology;
use crate::network::{hosts_file, resolve, seed, wire};
use crate::sandbox::visit::Visit;

impl Plan {
    /// Builds the network. When it returns, all addresses and names are usable and the first packet
    /// arrives.
    ///
    /// The test needs the `mount` option, because this replaces its /etc/hosts. It takes about a
    /// millisecond for each host. If the plan has a link that is not direct, it also starts the
    /// wire: a process that moves the packets.
    ///
    /// # Errors
    /// [`Error::Plan`] if the plan is wrong, [`Error::Refused`] if the machine refuses a step.
    pub fn build(&self) -> Result<Network, Error> {
        build(self)
    }
}

fn build(plan: &Plan) -> Result<Network, Error> {
    let topology = resolve::resolve(plan)?;
    hosts_file::check_mount_option()?;
    let test = body::running_test().map_or("", |test| test.name);
    let seed = seed::choose(plan.seed, test)?;
    let (hosts, packets) = make(&topology)?;
    let names = hosts_file::add(&topology)?;
    let capture = plan
        .capture
        .as_deref()
        .map(|path| artifact::create(path, test))
        .transpose()?;
    let wire = packets.map(|packets| {
        let file = capture.as_ref().map(Artifact::descriptor).transpose()?;
        wire::Handle::start(&topology, seed, packets, file)
    });
    let wire = wire.transpose().inspect_err(|_| {
        if let Some(capture) = &capture {
            capture.remove();
        }
    })?;
    Ok(Network::new(topology, hosts, names, wire, seed, capture))
}

/// Creates everything in namespaces other than the test's own. Then the calling thread returns to
/// the test's own namespace, which is possible only with the `net` option.
fn make(topology: &Topology) -> Result<(Vec<Host>, Option<OwnedFd>), Refused> {
    let _home = Visit::stay().map_err(namespace::explain_way_home)?;
    let namespaces = make_namespaces(topology)?;
    let hub = topology.has_wire().then(make_hub).transpose()?;
    make_links(
        topology,
        &namespaces,
        hub.as_ref().map(|hub| &hub.namespace),
    )?;
    for (host, namespace) in namespaces.iter().enumerate() {
        hosts::set_up(topology, host, namespace)?;
    }
    for (host, namespace) in namespaces.iter().enumerate() {
        hosts::configure(topology, host, namespace)?;
    }
    for (host, namespace) in namespaces.iter().enumerate() {
        ready::settle_addresses(topology, host, namespace)?;
    }
    if let Some(hub) = &hub {
        let mut indexes = Vec::new();
        for (number, port) in topology.ports.iter().enumerate() {
            if port.wired {
                indexes.push(hub_index(number));
            }
        }
        ready::settle(&hub.namespace, &indexes, "the wire")?;
    }
    let mut hosts = Vec::new();
    for namespace in namespaces {
        hosts.push(Host::new(topology, hosts.len(), namespace));
    }
    Ok((hosts, hub.map(|hub| hub.packets)))
}

fn make_namespaces(topology: &Topology) -> Result<Vec<OwnedFd>, Refused> {
    let mut namespaces = Vec::new();
    for host in &topology.hosts {
        let namespace = namespace::make(&host.name)?;
        let settings = Settings {
            router: host.router,
            v6: topology.v6,
        };
        settings.apply(&host.name)?;
        namespaces.push(namespace);
    }
    Ok(namespaces)
}

/// The wire's namespace, and its socket, which receives every frame from the first one on.
struct Hub {
    namespace: OwnedFd,
    packets: OwnedFd,
}

fn make_hub() -> Result<Hub, Refused> {
    let namespace = namespace::make("the wire")?;
    namespace::silence_hub();
    let packets = wire::open_socket()?;
    Ok(Hub { namespace, packets })
}
