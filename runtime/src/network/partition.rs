//! Partitions of a running network: cuts, splits, held links.

use super::blocking::Block;
use super::cut::{Cut, Guard, Hold};
use super::id::{HostId, LinkId};
#[cfg(doc)]
use super::link::Link;
use super::running::Network;

impl Network {
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
        let (block, name) = self.block(link, "be cut", false);
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
        let mut split: Vec<Vec<usize>> = Vec::new();
        let mut words = Vec::new();
        for group in groups {
            let (mut hosts, mut names) = (Vec::new(), Vec::new());
            for host in *group {
                let host = self.host(*host);
                hosts.push(host);
                names.push(self.record.topology.hosts[host].name.as_str());
            }
            words.push(format!("{{{}}}", names.join(", ")));
            split.push(hosts);
        }
        let mut pairs = Vec::new();
        for (at, group) in split.iter().enumerate() {
            for (other, others) in split.iter().enumerate() {
                if other != at {
                    self.add_pairs(&mut pairs, group, others);
                }
            }
        }
        self.cut_pairs(pairs, format!("split {}", words.join(" | ")))
    }

    /// Adds each pair of a host in the one group and a host in the other.
    #[track_caller]
    fn add_pairs(&self, pairs: &mut Vec<(usize, usize)>, group: &[usize], others: &[usize]) {
        for other in others {
            let name = &self.record.topology.hosts[*other].name;
            assert!(
                !group.contains(other),
                "host `{name}` is in two groups of the split: list it in one"
            );
            for host in group {
                pairs.push((*host, *other));
            }
        }
    }

    /// Drops all packets from the first host to the second, on every path. Packets from the second
    /// to the first arrive.
    ///
    /// # Panics
    /// If a [direct](Link::direct) link connects them, and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn cut_one_way(&self, from: HostId, to: HostId) -> Cut {
        let pair = (self.host(from), self.host(to));
        let hosts = &self.record.topology.hosts;
        let words = format!("cut {} → {}", hosts[pair.0].name, hosts[pair.1].name);
        self.cut_pairs(vec![pair], words)
    }

    /// Holds the packets of a link, in both directions, until the guard is released. They are late,
    /// but not lost.
    ///
    /// # Panics
    /// If the link is [direct](Link::direct), and in the cases that [`Network`] lists.
    #[track_caller]
    pub fn hold(&self, link: LinkId) -> Hold {
        let (block, name) = self.block(link, "be held", true);
        Hold::new(Guard::new(&self.record, block, format!("hold {name}")))
    }

    /// Returns the block for a link, and the link's name.
    #[track_caller]
    fn block(&self, link: LinkId, what: &str, hold: bool) -> (Block, String) {
        let (out, name) = self.wired_ends(link, what);
        // The other end of a switch's cable has no port of its own.
        let into = if link.member.is_some() {
            out.clone()
        } else {
            Vec::new()
        };
        (Block::Ports { out, into, hold }, name)
    }

    #[track_caller]
    fn cut_pairs(&self, pairs: Vec<(usize, usize)>, words: String) -> Cut {
        let topology = &self.record.topology;
        for segment in &topology.segments {
            if let (true, [a, b]) = (segment.link.direct, &segment.ports[..]) {
                let (a, b) = (topology.ports[*a].host, topology.ports[*b].host);
                assert!(
                    !pairs.contains(&(a, b)) && !pairs.contains(&(b, a)),
                    "link `{}` is direct and can't be cut: use `Link::new()` in the plan",
                    segment.name
                );
            }
        }
        Cut::new(Guard::new(&self.record, Block::Pairs(pairs), words))
    }
}
