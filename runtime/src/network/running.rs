//! A running network.

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use super::artifact::Artifact;
use super::drawing;
use super::host::Host;
use super::hosts_file::Names;
use super::id::{HostId, LinkId};
#[cfg(doc)]
use super::link::Link;
use super::plan::Plan;
use super::record::Record;
use super::registry;
use super::stats::Stats;
use super::topology::Topology;
use super::wire::{Handle, Message};
use crate::diagnose;

/// A network of hosts, made by [`Plan::build`]. It lasts until it is dropped, or until the test
/// ends.
///
/// `{}` prints its hosts, links, conditions and cuts; `{:#}` prints a Mermaid diagram. A failed
/// test prints the same, with the fate of each link's packets, and with the seed.
///
/// # Panics
/// The methods panic if a host or link belongs to another plan, and if the wire (the process that
/// moves the packets) has died. A test whose wire has died always fails.
#[must_use = "a network is removed when it is dropped: bind it to a name"]
pub struct Network {
    pub(super) record: Arc<Record>,
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
    pub(super) fn host(&self, host: HostId) -> usize {
        match self.record.topology.host(host) {
            Ok(host) => host,
            Err(_foreign) => {
                panic!("the host belongs to another plan: use the ids of this network's plan")
            }
        }
    }

    pub(super) fn id(&self, host: usize) -> HostId {
        HostId {
            plan: self.record.topology.plan,
            number: host,
        }
    }

    #[track_caller]
    pub(super) fn wired_ends(&self, link: LinkId, what: &str) -> (Vec<usize>, String) {
        match self.record.topology.ends(link) {
            Ok(ends) => {
                self.expect_wired(link.segment, what);
                ends
            }
            Err(_foreign) => {
                panic!(
                    "the link belongs to another plan, or its host is not on the switch: use the ids \
                    of this network's plan"
                )
            }
        }
    }

    #[track_caller]
    pub(super) fn expect_wired(&self, segment: usize, what: &str) {
        let segment = &self.record.topology.segments[segment];
        assert!(
            !segment.link.direct,
            "link `{}` is direct and can't {what}: use `Link::new()` in the plan",
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
