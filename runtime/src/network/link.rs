//! The conditions for the packets of a link.

use std::time::Duration;

use super::id::HostId;
use super::mistake::Mistake;

/// The conditions of a link between two hosts, or between a switch and each of its hosts.
///
/// Without any condition a link delivers every packet at once. Each method adds a condition. All
/// conditions apply together, and to both directions unless [`from`](Self::from) limits them to
/// one. All numbers are for *one* direction: with a delay of 10 ms a round trip takes 20 ms.
///
/// Delays and cuts also apply to neighbour discovery (ARP, and NDP and MLD of IPv6). Loss,
/// duplication, reordering and the rate do not: the kernel sends these packets at arbitrary times,
/// which would shift the fate of later packets.
///
/// ```
/// use std::time::Duration;
///
/// use ns_test::network::Link;
///
/// let wifi = Link::new()
///     .delay(Duration::from_millis(3))
///     .jitter(Duration::from_millis(2))
///     .loss_bursts(0.02, 4)
///     .rate(50_000_000)
///     .queue(Duration::from_millis(100));
/// # let _ = wifi;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a link does nothing until it is part of a plan"]
pub struct Link {
    /// The conditions that [`from`](Self::from) has given to each host.
    pub(super) directed: Vec<(HostId, Conditions)>,
    /// The conditions of all other directions.
    pub(super) others: Conditions,
    pub(super) mtu: Option<u32>,
    pub(super) direct: bool,
}

/// The conditions of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Conditions {
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
    pub(super) loss: f64,
    /// The share of packets lost in bursts, and the mean burst length.
    pub(super) bursts: Option<(f64, f64)>,
    pub(super) duplicate: f64,
    pub(super) reorder: f64,
    /// In bits a second.
    pub(super) rate: Option<u64>,
    pub(super) queue: Option<Duration>,
}

/// The default queue length before a link with a rate.
pub(super) const QUEUE: Duration = Duration::from_millis(100);

/// The upper limit of delay, jitter and queue.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

impl Link {
    /// Returns a link without conditions. [`Network::set`](super::Network::set) can set them later.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a link at the kernel's speed: a plain `veth(4)` pair. It takes no conditions, cuts
    /// or captures, now or later, because no process of ns-test sees its packets.
    pub fn direct() -> Self {
        Self {
            direct: true,
            ..Self::default()
        }
    }

    /// Delays each packet by this time. A packet is never early. It is late by the machine's
    /// scheduling delay, 60 µs on an idle machine. At most an hour. Default: none.
    pub fn delay(mut self, time: Duration) -> Self {
        self.others.delay = time;
        self
    }

    /// Adds a random time, between zero and this, to each packet's delay. Packets keep their order,
    /// so a packet with little jitter may wait for the one before it. At most an hour. Default:
    /// none.
    pub fn jitter(mut self, time: Duration) -> Self {
        self.others.jitter = time;
        self
    }

    /// Loses this share of the packets, each independently of the others: 0.01 is one in a hundred,
    /// 1 is all. Default: 0.
    pub fn loss(mut self, share: impl Into<f64>) -> Self {
        self.others.loss = share.into();
        self
    }

    /// Loses this share of the packets in bursts with a mean length of this many packets (a Gilbert
    /// model). At least one packet arrives between two bursts: bursts of 1 lose at most half of the
    /// packets. Applies in addition to [`loss`](Self::loss). Default: none.
    pub fn loss_bursts(mut self, share: impl Into<f64>, mean: impl Into<f64>) -> Self {
        self.others.bursts = Some((share.into(), mean.into()));
        self
    }

    /// Delivers this share of the packets twice, one directly after the other. Default: 0.
    pub fn duplicate(mut self, share: impl Into<f64>) -> Self {
        self.others.duplicate = share.into();
        self
    }

    /// Makes this share of the packets change places with the packet after them. If no packet
    /// follows within 50 ms, they are delivered alone. Default: 0.
    pub fn reorder(mut self, share: impl Into<f64>) -> Self {
        self.others.reorder = share.into();
        self
    }

    /// Limits the link to this many bits a second, as Ethernet counts them: each frame takes 24
    /// bytes more than its own length. Packets that find the link busy wait in its
    /// [`queue`](Self::queue). Default: no limit.
    pub fn rate(mut self, bits_per_second: u64) -> Self {
        self.others.rate = Some(bits_per_second);
        self
    }

    /// Drops packets that would wait longer than this for a link with a [`rate`](Self::rate). At
    /// most an hour. Default: 100 ms.
    pub fn queue(mut self, time: Duration) -> Self {
        self.others.queue = Some(time);
        self
    }

    /// Sets the largest packet, in bytes without the Ethernet header: 68 to 65,535, and at least
    /// 1,280 with IPv6. It holds for both directions. Default: 1,500.
    pub fn mtu(mut self, bytes: u32) -> Self {
        self.mtu = Some(bytes);
        self
    }

    /// Gives the conditions set so far (since the last `from`) to the packets that this host sends.
    /// Conditions set afterwards apply to the other direction.
    ///
    /// ```
    /// use ns_test::network::{Link, Network};
    ///
    /// let mut plan = Network::plan();
    /// let (home, provider) = (plan.host("home"), plan.host("provider"));
    /// let adsl = Link::new().rate(1_000_000).from(home).rate(16_000_000).from(provider);
    /// plan.link(home, provider, adsl);
    /// ```
    pub fn from(mut self, host: HostId) -> Self {
        let conditions = std::mem::take(&mut self.others);
        self.directed.retain(|(other, _)| *other != host);
        self.directed.push((host, conditions));
        self
    }

    /// Returns the conditions of the packets that the host sends.
    pub(super) fn conditions_from(&self, host: HostId) -> Conditions {
        let directed = self.directed.iter().find(|(other, _)| *other == host);
        directed.map_or(self.others, |(_, conditions)| *conditions)
    }

    /// Checks all values, for a link of this name between these hosts.
    pub(super) fn check(&self, name: &str, hosts: &[HostId]) -> Result<(), Mistake> {
        if let Some((host, _)) = self.directed.iter().find(|(host, _)| !hosts.contains(host)) {
            if hosts.iter().all(|other| other.plan != host.plan) {
                return Err(Mistake::Foreign);
            }
            return Err(Mistake::FromElsewhere {
                link: name.to_owned(),
                number: host.number,
            });
        }
        for (_, conditions) in &self.directed {
            self.check_conditions(conditions, name)?;
        }
        self.check_conditions(&self.others, name)
    }

    fn check_conditions(&self, conditions: &Conditions, name: &str) -> Result<(), Mistake> {
        if self.direct && *conditions != Conditions::default() {
            return Err(Mistake::DirectWithConditions {
                link: name.to_owned(),
            });
        }
        conditions.check(name)
    }
}

impl Conditions {
    fn check(&self, link: &str) -> Result<(), Mistake> {
        let (link, bursts) = (link.to_owned(), self.bursts.map_or(0.0, |(share, _)| share));
        let shares = [
            ("loss", self.loss),
            ("loss_bursts", bursts),
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
        ];
        for (condition, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err(Mistake::NoShare {
                    link,
                    condition,
                    value,
                });
            }
        }
        let queue = self.queue.unwrap_or_default();
        let times = [
            ("delay", self.delay),
            ("jitter", self.jitter),
            ("queue", queue),
        ];
        for (condition, value) in times {
            if value > LONGEST {
                return Err(Mistake::TooLong {
                    link,
                    condition,
                    value,
                });
            }
        }
        match self.contradiction() {
            Some(why) => Err(Mistake::Contradiction { link, why }),
            None => Ok(()),
        }
    }

    fn contradiction(&self) -> Option<&'static str> {
        let mean_is_bad = |(_, mean): (f64, f64)| !(mean.is_finite() && mean >= 1.0);
        // A packet arrives between two bursts, unless all are lost.
        let share_is_bad = |(share, mean): (f64, f64)| share < 1.0 && share > mean / (mean + 1.0);
        if self.bursts.is_some_and(mean_is_bad) {
            Some("the mean length of a burst must be a number of at least 1 packet")
        } else if self.bursts.is_some_and(share_is_bad) {
            Some("bursts this short can't lose that many packets: use longer bursts, or `loss(..)`")
        } else if self.rate == Some(0) {
            Some("a rate of 0 bits per second lets no packet through: use `Network::cut` for that")
        } else if self.queue.is_some() && self.rate.is_none() {
            Some("a queue has no effect without a rate: add `rate(..)`, or remove `queue(..)`")
        } else {
            None
        }
    }
}
