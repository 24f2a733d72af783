//! IP networks: an address and a prefix length.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: an address whose bits after the prefix are 0, and the prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) address: IpAddr,
    pub(super) length: u8,
}

impl Prefix {
    pub(super) fn of(address: IpAddr, length: u8) -> Self {
        let address = from_bits(to_bits(address) & !host_mask(address, length), address);
        Self { address, length }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && Self::of(address, self.length) == *self
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.contains(other.address) || other.contains(self.address)
    }

    /// Returns the host with this number, if the network has room for it.
    pub(super) fn host(&self, number: u128) -> Option<IpAddr> {
        let mask = host_mask(self.address, self.length);
        let last = if is_point_to_point(self.address, self.length) {
            mask
        } else {
            mask.saturating_sub(1)
        };
        let fits = number <= last && self.length < bits(self.address);
        fits.then(|| from_bits(to_bits(self.address) | number, self.address))
    }
}

/// Returns whether a network has only two addresses, both for hosts (RFC 3021, RFC 6164).
pub(super) fn is_point_to_point(address: IpAddr, length: u8) -> bool {
    length == bits(address) - 1
}

pub(super) fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Returns the bits after the prefix.
pub(super) fn host_mask(address: IpAddr, length: u8) -> u128 {
    let behind = u32::from(bits(address) - length);
    1_u128
        .checked_shl(behind)
        .map_or(u128::MAX, |above| above - 1)
}

pub(super) fn to_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// Returns an address of the same family.
fn from_bits(number: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::from(u32::try_from(number).unwrap_or(0)).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    }
}
