//! Configuring the kernel's network: `netlink(7)`, with this crate's own messages.

mod batch;
mod neighbour;
mod nftables;
mod rtnetlink;
mod socket;

#[cfg(test)]
mod golden;

pub(super) use batch::Batch;
pub(super) use nftables::masquerade;
pub(super) use rtnetlink::{Answer, End};
pub(super) use socket::{Refusal, Socket};
