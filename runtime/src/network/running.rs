//! A running network.

use std::fmt;
use std::ops::Index;
use std::sync::{Arc, PoisonError};

use super::artifact::Artifact;
use super::blocking::Block;
use super::cut::{Cut, Guard, Hold};
use super::drawing;
use super::error::Mistake;
use super::host::Host;
use super::hosts_file::Names;
use super::id::{HostId, LinkId};
use super::link::Link;
use super::plan::Plan;
use super::record::Record;
use super::registry;
use super::report;
use super::stats::Stats;
use super::topology::Topology;
use super::wire::{Handle, Message, Settings};
use crate::diagnose;

/// A network of hosts, made by [`Plan::build`]. It lasts until it is dropped, at the latest until
/// the test ends.
///
/// `{}` prints its hosts, links, conditions and cuts; `{:#}` prints a Mermaid diagram. A failed
/// test prints the same, with the fate of each link's packets, and with the seed.
///
/// # Panics
/// The methods panic if a host or link belongs to another plan, and if the wire (the process that
/// moves the packets) has died. A test whose wire has died always fails.
#[must_use = "a network is gone when it is dropped"]
pub struct Network {
    record: Arc<Record>,
    hosts: Vec<Host>,
    _names: Names,
}

impl Network {
    /// Returns an empty plan.
    pub fn plan() -> Plan {
        Plan::new()
    }

    /// Checks whether this machine can make networks: `veth(4)` pairs and `packet(7)` sockets in a
    /// network namespace of an ordinary user. Any program may call it, even outside a test.
    ///
    /// # Errors
    /// The first [`Refusal`](crate::Refusal): cause, evidence and remedy. Without packet sockets,
    /// [direct](Link::direct) links still work.
    ///
    /// ```no_run
    /// use ns_test::network::Network;
    ///
    /// if let Err(refusal) = Network::probe() {
    ///     eprintln!("{refusal}");
    /// }
    /// ```
    pub fn probe() -> Result<(), diagnose::Refusal> {
        diagnose::of_networks()
    }

    pub(super) fn new(
        topology: Topology,
        hosts: Vec<Host>,
        names: Names,
        wire: Option<Handle>,
        seed: u64,
        capture: Option<Artifact>,
    ) -> Self {
        let record = Record::new(topology, seed, wire, capture);
        registry::remember(&record);
        Self {
            record,
            hosts,
            _names: names,
        }
    }

    /// Cuts a link, in both directions, as if its cable were pulled out between two switches. The
    /// hosts keep their carrier and receive nothing.
    ///
    /// When this returns nothing passes any more, including packets in flight. A packet that the
    /// receiver's kernel already has is past the link.
    ///
    /// ```no_run
    /// # use ns_test::network::{Link, Network};
    /// # #[ns_test::ns_test(net, mount)]
    /// # fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut plan = Network::plan();
    /// # let (client, server) = (plan.host("client"), plan.host("server"));
    /// # let wan = plan.link(client, server, Link::new());
    /// # let network = plan.build()?;
    /// let cut = network.cut(wan);
    /// // nothing passes
    /// cut.heal();
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// If the link is [direct](Link::direct), and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn cut(&self, link: LinkId) -> Cut {
        let (ports, name) = self.wired_ends(link, "be cut");
        let into = if link.member.is_some() {
            ports.clone()
        } else {
            Vec::new()
        };
        let block = Block::Ports {
            out: ports,
            into,
            hold: false,
        };
        Cut::new(Guard::new(&self.record, block, format!("cut {name}")))
    }

    /// Cuts all links of a host.
    ///
    /// # Panics
    /// If one of the links is [direct](Link::direct), and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn isolate(&self, host: HostId) -> Cut {
        let host = self.host(host);
        let topology = &self.record.topology;
        let ports = topology.hosts[host].ports.clone();
        for port in &ports {
            self.expect_wired(topology.ports[*port].segment, "be cut");
        }
        let block = Block::Ports {
            out: ports.clone(),
            into: ports,
            hold: false,
        };
        Cut::new(Guard::new(
            &self.record,
            block,
            format!("isolate {}", topology.hosts[host].name),
        ))
    }

    /// Splits the network: nothing passes between hosts of different groups, on any path, not even
    /// through routers. The split takes effect for all groups at the same moment. Hosts in no group
    /// are not affected.
    ///
    /// # Panics
    /// If a host is in two groups, or a [direct](Link::direct) link connects two groups, and in the
    /// cases that [`Network`] lists.
    #[track_caller]
    pub fn split(&self, groups: &[&[HostId]]) -> Cut {
        let groups: Vec<Vec<usize>> = groups
            .iter()
            .map(|group| group.iter().map(|host| self.host(*host)).collect())
            .collect();
        let mut pairs = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            let others = groups.iter().enumerate().filter(|(other, _)| *other != at);
            for other in others.flat_map(|(_, other)| other) {
                let name = &self.record.topology.hosts[*other].name;
                assert!(
                    !group.contains(other),
                    "host `{name}` is in two groups of a split"
                );
                pairs.extend(group.iter().map(|host| (*host, *other)));
            }
        }
        let names = groups.iter().map(|group| {
            let names = group
                .iter()
                .map(|host| self.record.topology.hosts[*host].name.as_str());
            format!("{{{}}}", names.collect::<Vec<_>>().join(", "))
        });
        let words = format!("split {}", names.collect::<Vec<_>>().join(" | "));
        self.cut_pairs(pairs, words)
    }

    /// Drops all packets from the first host to the second, on every path. Packets from the second
    /// to the first arrive.
    ///
    /// # Panics
    /// If a [direct](Link::direct) link connects them, and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn cut_one_way(&self, from: HostId, to: HostId) -> Cut {
        let pair = (self.host(from), self.host(to));
        let [from, to] = [pair.0, pair.1].map(|host| &self.record.topology.hosts[host].name);
        self.cut_pairs(vec![pair], format!("cut {from} → {to}"))
    }

    /// Holds the packets of a link, in both directions, until the guard is released. They are late,
    /// but not lost.
    ///
    /// # Panics
    /// If the link is [direct](Link::direct), and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn hold(&self, link: LinkId) -> Hold {
        let (ports, name) = self.wired_ends(link, "be held");
        let into = if link.member.is_some() {
            ports.clone()
        } else {
            Vec::new()
        };
        let block = Block::Ports {
            out: ports,
            into,
            hold: true,
        };
        Hold::new(Guard::new(&self.record, block, format!("hold {name}")))
    }

    /// Sets other conditions for packets sent from now on. Packets in flight keep their conditions,
    /// and the MTU does not change.
    ///
    /// # Panics
    /// If the old or the new link is [direct](Link::direct), if [`Plan::build`] would refuse the
    /// new one, and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn set(&self, link: LinkId, to: Link) {
        let (ports, name) = self.wired_ends(link, "take conditions");
        let topology = &self.record.topology;
        let hosts: Vec<HostId> = ports
            .iter()
            .map(|port| self.id(topology.ports[*port].host))
            .collect();
        let checked = if to.direct {
            Err(Mistake::DirectWithConditions { link: name.clone() })
        } else {
            to.check(&name, &hosts)
        };
        if let Err(mistake) = checked {
            panic!("the conditions are wrong: {mistake}");
        }
        let settings = ports
            .iter()
            .zip(&hosts)
            .map(|(port, host)| Message::Set(*port, Settings::new(&to.conditions_from(*host))));
        let told = self.record.tell(&settings.collect::<Vec<_>>());
        self.record.expect_alive(told);
        let mut links = self
            .record
            .links
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if link.member.is_some() {
            links.cables.retain(|(port, _)| !ports.contains(port));
            links
                .cables
                .extend(ports.iter().map(|port| (*port, to.clone())));
        } else {
            links.segments[link.segment] = to;
        }
        drop(links);
        let text = report::text(&self.record);
        let told = self.record.tell(&[Message::Text(&text)]);
        self.record.expect_alive(told);
    }

    /// Drops the next `count` packets of a link in each direction, whatever its conditions are.
    /// Neighbour discovery does not count.
    ///
    /// # Panics
    /// If the link is [direct](Link::direct), and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn drop_next(&self, link: LinkId, count: u64) {
        let (ports, _) = self.wired_ends(link, "drop packets");
        let messages: Vec<_> = ports
            .iter()
            .map(|port| Message::DropNext(*port, count))
            .collect();
        let told = self.record.tell(&messages);
        self.record.expect_alive(told);
    }

    /// Drops the next packets that this host sends on a link; see [`drop_next`](Self::drop_next).
    ///
    /// # Panics
    /// If the link is [direct](Link::direct) or the host is not on it, and in the cases that
    /// [`Network`] lists.
    #[track_caller]
    pub fn drop_next_from(&self, host: HostId, link: LinkId, count: u64) {
        let host = self.host(host);
        let (ports, name) = self.wired_ends(link, "drop packets");
        let topology = &self.record.topology;
        let port = ports
            .into_iter()
            .find(|port| topology.ports[*port].host == host);
        let Some(port) = port else {
            panic!(
                "host `{}` is not on link `{name}`",
                topology.hosts[host].name
            );
        };
        let told = self.record.tell(&[Message::DropNext(port, count)]);
        self.record.expect_alive(told);
    }

    /// Returns the packet counters so far. A packet counts when the kernel has handed it to the
    /// wire. On a busy machine that may be a little after `send` has returned.
    #[must_use]
    #[track_caller]
    pub fn stats(&self) -> Stats {
        let told = self.record.tell(&[Message::Sync]);
        self.record.expect_alive(told);
        self.record.stats()
    }

    /// Returns the seed of the network's random decisions.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.record.seed
    }

    /// Returns all hosts, in the order of the plan.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter()
    }

    #[track_caller]
    fn cut_pairs(&self, pairs: Vec<(usize, usize)>, words: String) -> Cut {
        let topology = &self.record.topology;
        for segment in topology
            .segments
            .iter()
            .filter(|segment| segment.link.direct)
        {
            let hosts: Vec<usize> = segment
                .ports
                .iter()
                .map(|port| topology.ports[*port].host)
                .collect();
            if let [a, b] = hosts[..] {
                assert!(
                    !pairs.contains(&(a, b)) && !pairs.contains(&(b, a)),
                    "link `{}` is direct and can't be cut: use `Link::new()`",
                    segment.name
                );
            }
        }
        Cut::new(Guard::new(&self.record, Block::Pairs(pairs), words))
    }

    #[track_caller]
    fn host(&self, host: HostId) -> usize {
        match self.record.topology.host(host) {
            Ok(host) => host,
            Err(_foreign) => panic!("the host is of another plan"),
        }
    }

    fn id(&self, host: usize) -> HostId {
        HostId {
            plan: self.record.topology.plan,
            number: host,
        }
    }

    #[track_caller]
    fn wired_ends(&self, link: LinkId, what: &str) -> (Vec<usize>, String) {
        match self.record.topology.ends(link) {
            Ok(ends) => {
                self.expect_wired(link.segment, what);
                ends
            }
            Err(_foreign) => {
                panic!("the link is of another plan, or its host is not on the switch")
            }
        }
    }

    #[track_caller]
    fn expect_wired(&self, segment: usize, what: &str) {
        let segment = &self.record.topology.segments[segment];
        assert!(
            !segment.link.direct,
            "link `{}` is direct and can't {what}: use `Link::new()`",
            segment.name
        );
    }
}

impl Index<HostId> for Network {
    type Output = Host;

    #[track_caller]
    fn index(&self, host: HostId) -> &Host {
        &self.hosts[self.host(host)]
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.record.end();
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if out.alternate() {
            out.write_str(&drawing::mermaid(&self.record))
        } else {
            out.write_str(&drawing::text(&self.record))
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Network")
            .field("seed", &self.record.seed)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}
