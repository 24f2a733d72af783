//! Conditions of a running network that change.

use std::sync::PoisonError;

use super::id::{HostId, LinkId};
use super::link::Link;
use super::mistake::Mistake;
#[cfg(doc)]
use super::plan::Plan;
use super::report;
use super::running::Network;
use super::wire::{Message, Settings};

impl Network {
    /// Sets other conditions for packets sent from now on. Packets in flight keep their conditions.
    ///
    /// # Panics
    /// If the old or the new link is [direct](Link::direct), if the new one has another
    /// [`mtu`](Link::mtu), if [`Plan::build`] would refuse it, and in the cases that [`Network`]
    /// lists.
    #[track_caller]
    pub fn set(&self, link: LinkId, to: Link) {
        let (ports, name) = self.wired_ends(link, "take conditions");
        let topology = &self.record.topology;
        let mut hosts = Vec::new();
        for port in &ports {
            hosts.push(self.id(topology.ports[*port].host));
        }
        let mtu = topology.ports[ports[0]].mtu;
        if let Err(mistake) = check_change(&to, &name, &hosts, mtu) {
            panic!("the new conditions are invalid: {mistake}");
        }
        let mut messages = Vec::new();
        for (at, port) in ports.iter().enumerate() {
            let settings = Settings::new(&to.conditions_from(hosts[at]));
            messages.push(Message::Set(*port, settings));
        }
        let told = self.record.tell(&messages);
        self.record.expect_alive(told);
        let mut links = self
            .record
            .links
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if link.member.is_some() {
            links.cables.retain(|(port, _)| !ports.contains(port));
            for port in &ports {
                links.cables.push((*port, to.clone()));
            }
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
        let mut messages = Vec::new();
        for port in ports {
            messages.push(Message::DropNext(port, count));
        }
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
}

/// Checks the new conditions of a link that has this MTU.
fn check_change(to: &Link, name: &str, hosts: &[HostId], mtu: u32) -> Result<(), Mistake> {
    let contradiction = |why| {
        let link = name.to_owned();
        Err(Mistake::Contradiction { link, why })
    };
    if to.direct {
        return contradiction(
            "a link that can have conditions can't become direct: use `Link::new()`",
        );
    }
    if to.mtu.is_some_and(|new| new != mtu) {
        return contradiction("its MTU can't change: use `mtu(..)` in the plan");
    }
    to.check(name, hosts)
}
