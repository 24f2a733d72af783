//! Neighbours: `arp(7)`, `rtnetlink(7)`.

use std::net::IpAddr;

use super::batch::{Batch, CREATE, EXCLUSIVE};
use super::rtnetlink::family;

const NEWNEIGH: u16 = 28;
/// `NUD_PERMANENT`.
const PERMANENT: u16 = 0x80;

impl Batch {
    /// Adds a permanent neighbour. Such entries do not count against the limit of the kernel's one
    /// table for all namespaces (`gc_thresh3`). 40 hosts that all communicate with each other
    /// exceed that limit.
    pub(in crate::network) fn new_neighbour(
        &mut self,
        index: u32,
        address: IpAddr,
        mac: [u8; 6],
        about: &str,
    ) {
        self.begin(NEWNEIGH, CREATE | EXCLUSIVE, about);
        // struct ndmsg: family, padding (3), index, state, flags, type.
        let mut head = [0; 12];
        head[0] = family(address);
        head[4..8].copy_from_slice(&index.to_ne_bytes());
        head[8..10].copy_from_slice(&PERMANENT.to_ne_bytes());
        // NDA_DST and NDA_LLADDR.
        self.raw(&head).address(1, address).attribute(2, &mac);
    }
}
