//! Building a network: the ordered list of steps.
//!
//! Everything is created at its final place, in as few messages as possible, and nothing is deleted
//! at the end. Moving or deleting an interface waits for a grace period of the kernel (15 ms). A
//! bridge waits for one under the lock that all others need.

use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use super::artifact::Artifact;
use super::error::{Error, Refused};
use super::host::Host;
use super::namespace::{self, Settings};
use super::nat::Mapping;
use super::netlink::{self, Answer, Batch, End, Refusal, Socket};
use super::plan::Plan;
use super::running::Network;
use super::topology::{Port, Topology};
use super::wire::{self, FIRST_HUB_INDEX};
use super::{artifact, hosts_file, offload, resolve, seed};
use crate::body;
use crate::sys::Errno;
use crate::sys::setns::{self, Visit};

/// The index of `lo` in every namespace.
const LOOPBACK: u32 = 1;

/// A larger switch has no permanent neighbours, because each pair of hosts needs one.
const MOST_PERMANENT: usize = 200;

impl Plan {
    /// Builds the network. When it returns, all addresses and names are usable and the first packet
    /// arrives.
    ///
    /// It works in a test with `mount`, whose /etc/hosts it replaces, and takes about a millisecond
    /// for each host. If the plan has a link that is not direct, it also starts the wire: a process
    /// that moves the packets.
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
    let capture = plan
        .capture
        .as_deref()
        .map(|path| artifact::create(path, test))
        .transpose()?;
    let (hosts, packets) = make(&topology)?;
    let names = hosts_file::add(&topology)?;
    let wire = packets.map(|packets| {
        let file = capture.as_ref().map(Artifact::descriptor).transpose()?;
        wire::Handle::start(&topology, seed, packets, file)
    });
    let wire = wire.transpose()?;
    Ok(Network::new(topology, hosts, names, wire, seed, capture))
}

/// Makes everything in other namespaces than the test's own. The calling thread returns to that
/// one.
fn make(topology: &Topology) -> Result<(Vec<Host>, Option<OwnedFd>), Refused> {
    let failed = |errno| Refused::new("remember the test's own network", "open", errno);
    let _home = Visit::stay().map_err(failed)?;
    let namespaces = make_namespaces(topology)?;
    let hub = topology.has_wire().then(make_hub).transpose()?;
    make_links(topology, &namespaces, hub.as_ref())?;
    for (host, namespace) in namespaces.iter().enumerate() {
        set_up(topology, host, namespace)?;
    }
    for (host, namespace) in namespaces.iter().enumerate() {
        configure(topology, host, namespace)?;
    }
    for (host, namespace) in namespaces.iter().enumerate() {
        settle_addresses(topology, host, namespace)?;
    }
    if let Some(hub) = &hub {
        let ports = topology
            .ports
            .iter()
            .enumerate()
            .filter(|(_, port)| port.wired);
        let indexes: Vec<u32> = ports.map(|(number, _)| hub_index(number)).collect();
        settle(&hub.namespace, &indexes, "the wire")?;
    }
    let hosts = namespaces.into_iter().enumerate();
    let hosts = hosts.map(|(host, namespace)| Host::new(topology, host, namespace));
    Ok((hosts.collect(), hub.map(|hub| hub.packets)))
}

fn make_namespaces(topology: &Topology) -> Result<Vec<OwnedFd>, Refused> {
    let make = |host: &super::topology::Host| {
        let namespace = namespace::make(&host.name)?;
        let settings = Settings {
            router: host.router,
            v6: topology.v6,
        };
        settings.apply(&host.name)?;
        Ok(namespace)
    };
    topology.hosts.iter().map(make).collect()
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

fn hub_index(port: usize) -> u32 {
    FIRST_HUB_INDEX + u32::try_from(port).unwrap_or(0)
}

/// Makes all pairs, in one batch. The other ends of a wired link are in the hub.
fn make_links(
    topology: &Topology,
    namespaces: &[OwnedFd],
    hub: Option<&Hub>,
) -> Result<(), Refused> {
    let mut batch = Batch::new();
    for segment in &topology.segments {
        let ports = || {
            segment
                .ports
                .iter()
                .map(|port| (*port, &topology.ports[*port]))
        };
        if segment.link.direct {
            let ends: Vec<_> = ports()
                .map(|(_, port)| host_end(port, namespaces))
                .collect();
            if let [near, far] = &ends[..] {
                batch.new_veth(near, far, &segment.name);
            }
            continue;
        }
        for (number, port) in ports() {
            let near = End {
                name: &format!("port{number}"),
                index: hub_index(number),
                mac: None,
                mtu: port.mtu,
                namespace: None,
                up: true,
            };
            batch.new_veth(&near, &host_end(port, namespaces), &segment.name);
        }
    }
    let step = "make the links";
    let Some(place) = hub.map(|hub| &hub.namespace).or(namespaces.first()) else {
        return Ok(());
    };
    enter(place, step)?;
    send(step, &batch).map(drop)
}

fn host_end<'p>(port: &'p Port, namespaces: &[OwnedFd]) -> End<'p> {
    End {
        name: &port.interface,
        index: port.index,
        mac: Some(port.mac),
        mtu: port.mtu,
        namespace: Some(namespaces[port.host].as_raw_fd()),
        up: false,
    }
}

/// Configures a host's interfaces. Its addresses follow later, because those of IPv6 are usable at
/// once only if both ends are up.
fn set_up(topology: &Topology, host: usize, namespace: &OwnedFd) -> Result<(), Refused> {
    let step = "set the interfaces of a host up";
    let name = &topology.hosts[host].name;
    enter(namespace, step)?;
    let ports = || {
        topology.hosts[host]
            .ports
            .iter()
            .map(|port| &topology.ports[*port])
    };
    let wired = ports()
        .filter(|port| port.wired)
        .map(|port| port.interface.as_str());
    offload::switch_off(name, wired)?;
    let mut batch = Batch::new();
    batch.set_up(LOOPBACK, name);
    ports().for_each(|port| batch.set_up(port.index, name));
    send(step, &batch).map(drop)
}

fn configure(topology: &Topology, host: usize, namespace: &OwnedFd) -> Result<(), Refused> {
    let step = "give a host its addresses and routes";
    let node = &topology.hosts[host];
    let ports: Vec<&Port> = node
        .ports
        .iter()
        .map(|port| &topology.ports[*port])
        .collect();
    let indexes: Vec<u32> = ports.iter().map(|port| port.index).collect();
    settle(namespace, &indexes, &node.name)?;
    let mut batch = Batch::new();
    for port in &ports {
        for (address, length) in &port.addresses {
            batch.new_address(port.index, *address, *length, &node.name);
        }
        add_neighbours(&mut batch, topology, port);
    }
    if let (true, Some(first)) = (topology.v4, ports.first()) {
        // A direct route to the limited broadcast and multicast addresses, as a machine with a
        // default route has one. IPv6 adds such routes automatically.
        batch.new_link_route(
            (Ipv4Addr::new(224, 0, 0, 0).into(), 4),
            first.index,
            &node.name,
        );
        batch.new_link_route((Ipv4Addr::BROADCAST.into(), 32), first.index, &node.name);
    }
    for route in &node.routes {
        let to = route.to.map(|prefix| (prefix.address, prefix.length));
        batch.new_route(to, route.via, route.interface, &node.name);
    }
    send(step, &batch)?;
    if node.masquerades.is_empty() {
        return Ok(());
    }
    let interface = |(port, mapping): &(usize, Mapping)| {
        let random_ports = *mapping == Mapping::Symmetric;
        (topology.ports[*port].index, random_ports)
    };
    let interfaces: Vec<_> = node.masquerades.iter().map(interface).collect();
    masquerade(&interfaces, [topology.v4, topology.v6], &node.name)
}

/// Adds neighbours for all known MACs, so that no host has to resolve one and the first packet does
/// not wait for an answer.
fn add_neighbours(batch: &mut Batch, topology: &Topology, port: &Port) {
    let segment = &topology.segments[port.segment];
    if segment.ports.len() > MOST_PERMANENT {
        return;
    }
    let name = &topology.hosts[port.host].name;
    let others = segment.ports.iter().map(|other| &topology.ports[*other]);
    for other in others.filter(|other| other.host != port.host) {
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
        explain(step, refusal).because(
            "it needs the kernel's nf_tables: `modprobe -a nft_chain_nat nft_masq nft_ct nft_socket`",
        )
    })
}

/// Waits until the interfaces have a carrier. The query makes the kernel (since 6.8) settle it;
/// otherwise a kernel worker does so soon.
fn settle(namespace: &OwnedFd, indexes: &[u32], name: &str) -> Result<(), Refused> {
    let step = "wait for the carrier of an interface";
    enter(namespace, step)?;
    let mut batch = Batch::new();
    indexes
        .iter()
        .for_each(|index| batch.get_link(*index, name));
    ask_until_ready(step, &batch)
}

/// Waits until the host accepts packets to its IPv6 addresses. A kernel worker makes their routes,
/// even without duplicate address detection.
fn settle_addresses(topology: &Topology, host: usize, namespace: &OwnedFd) -> Result<(), Refused> {
    let step = "wait for the addresses of a host";
    if !topology.v6 {
        return Ok(());
    }
    enter(namespace, step)?;
    let name = &topology.hosts[host].name;
    let mut batch = Batch::new();
    for port in topology.hosts[host]
        .ports
        .iter()
        .map(|port| &topology.ports[*port])
    {
        let own = port.addresses.iter().map(|(address, _)| *address);
        let own = own
            .chain([port.link_local().into()])
            .filter(IpAddr::is_ipv6);
        own.for_each(|address| batch.get_route(address, port.index, name));
    }
    ask_until_ready(step, &batch)
}

/// Queries the calling thread's namespace until all answers are good. A host that never becomes
/// ready is built anyway.
fn ask_until_ready(step: &'static str, batch: &Batch) -> Result<(), Refused> {
    const LONGEST: Duration = Duration::from_secs(5);
    let is_good = |answer: &Answer| match answer {
        Answer::Link { running: good } | Answer::Route { local: good } => *good,
    };
    let start = Instant::now();
    loop {
        let ready = match send(step, batch) {
            Ok(answers) => answers.iter().all(is_good),
            // The link-local address does not exist yet.
            Err(refused) if refused.errno() == Errno::NETUNREACH => false,
            Err(refused) => return Err(refused),
        };
        if ready || start.elapsed() > LONGEST {
            return Ok(());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Moves the calling thread to the next namespace.
fn enter(namespace: &OwnedFd, step: &'static str) -> Result<(), Refused> {
    setns::enter(namespace.as_fd()).map_err(|errno| Refused::new(step, "setns", errno))
}

/// Sends the batch to the calling thread's namespace.
fn send(step: &'static str, batch: &Batch) -> Result<Vec<Answer>, Refused> {
    let sent = Socket::route().and_then(|socket| socket.send(batch));
    sent.map_err(|refusal| explain(step, refusal))
}

fn explain(step: &'static str, refusal: Refusal) -> Refused {
    let mut refused = Refused::new(step, "netlink", refusal.errno);
    if let Some(about) = refusal.about {
        refused = refused.of(about);
    }
    match (refusal.errno, refusal.words.as_deref()) {
        (Errno::OPNOTSUPP, None | Some("Unknown device type")) => refused
            .because("links are `veth` pairs, which this kernel does not have: `modprobe veth`"),
        (_, Some(words)) => refused.because(format!("the kernel says: {words}")),
        (_, None) => namespace::explain(refused),
    }
}
