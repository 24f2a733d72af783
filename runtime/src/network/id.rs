//! The ids of a plan's hosts, links and switches.

use std::sync::atomic::{AtomicU32, Ordering};

/// A host of a plan, and of the network built from it: `network[host]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostId {
    pub(super) plan: u32,
    pub(super) number: usize,
}

/// A link between two hosts, or the cable between a host and a switch
/// ([`Plan::port`](super::Plan::port)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId {
    pub(super) plan: u32,
    pub(super) segment: usize,
    /// For a switch's cable: the index among the switch's hosts, in the given order.
    pub(super) member: Option<usize>,
}

/// A switch of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SwitchId {
    pub(super) plan: u32,
    pub(super) segment: usize,
}

/// Returns a number that no other plan of this process has, so that the ids of one plan are not
/// accepted by another.
pub(super) fn next_plan() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
