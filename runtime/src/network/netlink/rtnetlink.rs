//! Links, addresses and routes: `rtnetlink(7)`.

use std::net::IpAddr;
use std::os::fd::RawFd;

use super::batch::{Batch, CREATE, EXCLUSIVE};

const NEWLINK: u16 = 16;
const GETLINK: u16 = 18;
const SETLINK: u16 = 19;
const NEWADDR: u16 = 20;
const NEWROUTE: u16 = 24;
const GETROUTE: u16 = 26;

/// `IFF_UP`.
const UP: u32 = 1;

/// Attributes of links: `IFLA_ADDRESS`, and so on.
const LINK_ADDRESS: u16 = 1;
const LINK_NAME: u16 = 3;
const LINK_MTU: u16 = 4;
const LINK_INFO: u16 = 18;
const LINK_NAMESPACE: u16 = 28;
const LINK_SEND_QUEUES: u16 = 31;
const LINK_RECEIVE_QUEUES: u16 = 32;
const INFO_KIND: u16 = 1;
const INFO_DATA: u16 = 2;
const VETH_PEER: u16 = 1;

/// One end of a `veth(4)` pair.
#[derive(Clone, Copy, Debug)]
pub(in crate::network) struct End<'a> {
    pub(in crate::network) name: &'a str,
    pub(in crate::network) index: u32,
    /// `None`: the kernel chooses one.
    pub(in crate::network) mac: Option<[u8; 6]>,
    pub(in crate::network) mtu: u32,
    /// `None`: the socket's namespace.
    pub(in crate::network) namespace: Option<RawFd>,
    /// Only the near end can be created up: the pair does not exist yet while the kernel makes the
    /// far end.
    pub(in crate::network) up: bool,
}

/// The kernel's answer to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::network) enum Answer {
    /// To [`Batch::get_link`]: whether the link has a carrier and can send (`IF_OPER_UP`).
    ///
    /// `IFF_RUNNING` does not show that: the kernel also sets it as long as it has not looked at a
    /// new carrier (`IF_OPER_UNKNOWN`). Until then the link drops what it sends, without an error.
    Link { up: bool },
    /// To [`Batch::get_route`]: whether the address belongs to the namespace (`RTN_LOCAL`).
    Route { local: bool },
}

impl Answer {
    /// Parses a message of this type, without its header.
    pub(super) fn parse(kind: u16, body: &[u8]) -> Option<Self> {
        const OPERSTATE: u16 = 16;
        const OPER_UP: &[u8] = &[6];
        const LOCAL: u8 = 2;
        match kind {
            // The attributes are behind struct ifinfomsg.
            NEWLINK => Some(Self::Link {
                up: attribute(body.get(16..)?, OPERSTATE) == Some(OPER_UP),
            }),
            // struct rtmsg has its type after seven bytes.
            NEWROUTE => Some(Self::Route {
                local: *body.get(7)? == LOCAL,
            }),
            _ => None,
        }
    }
}

/// Returns the value of the attribute of this type.
fn attribute(mut attributes: &[u8], kind: u16) -> Option<&[u8]> {
    loop {
        let (header, _) = attributes.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        if u16::from_ne_bytes([header[2], header[3]]) == kind {
            return attributes.get(4..length);
        }
        // A length of less than the header would not end.
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
    }
}

impl Batch {
    /// Makes a pair with both ends at their final places: moving one later would cost a grace
    /// period of the kernel, 15 ms.
    pub(in crate::network) fn new_veth(&mut self, near: &End<'_>, far: &End<'_>, about: &str) {
        let up = if near.up { UP } else { 0 };
        self.begin(NEWLINK, CREATE | EXCLUSIVE, about);
        self.raw(&link_head(near.index, up, up));
        self.end(near);
        self.nest(LINK_INFO, |info| {
            info.text(INFO_KIND, "veth").nest(INFO_DATA, |data| {
                data.nest(VETH_PEER, |peer| {
                    peer.raw(&link_head(far.index, 0, 0)).end(far);
                });
            });
        });
    }

    pub(in crate::network) fn set_up(&mut self, index: u32, about: &str) {
        self.begin(SETLINK, 0, about).raw(&link_head(index, UP, UP));
    }

    /// Queries a link. The kernel settles its carrier before it answers (since 6.8).
    pub(in crate::network) fn get_link(&mut self, index: u32, about: &str) {
        self.begin_query(GETLINK, about)
            .raw(&link_head(index, 0, 0));
    }

    /// Adds an address that is usable at once, without duplicate address detection.
    pub(in crate::network) fn new_address(
        &mut self,
        index: u32,
        address: IpAddr,
        prefix: u8,
        about: &str,
    ) {
        const NO_DAD: u8 = 2;
        let flags = if address.is_ipv6() { NO_DAD } else { 0 };
        let [a, b, c, d] = index.to_ne_bytes();
        self.begin(NEWADDR, CREATE | EXCLUSIVE, about);
        self.raw(&[family(address), prefix, flags, 0, a, b, c, d]);
        // IFA_LOCAL and IFA_ADDRESS.
        self.address(2, address).address(1, address);
        if let IpAddr::V4(v4) = address {
            // IFA_BROADCAST, which the kernel does not compute itself.
            let behind = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
            if prefix < 31 {
                self.attribute(4, &(u32::from(v4) | behind).to_be_bytes());
            }
        }
    }

    /// Adds a route to a network, or the default route for `None`.
    pub(in crate::network) fn new_route(
        &mut self,
        to: Option<(IpAddr, u8)>,
        via: IpAddr,
        index: u32,
        about: &str,
    ) {
        const UNIVERSE: u8 = 0;
        let length = to.map_or(0, |(_, length)| length);
        self.begin_route(family(via), length, UNIVERSE, about);
        if let Some((address, _)) = to {
            // RTA_DST.
            self.address(1, address);
        }
        // RTA_GATEWAY and RTA_OIF.
        self.address(5, via).number(4, index);
    }

    /// Adds a route to destinations that need no router.
    pub(in crate::network) fn new_link_route(
        &mut self,
        (address, length): (IpAddr, u8),
        index: u32,
        about: &str,
    ) {
        const LINK: u8 = 253;
        self.begin_route(family(address), length, LINK, about);
        self.address(1, address).number(4, index);
    }

    fn begin_route(&mut self, family: u8, length: u8, scope: u8, about: &str) {
        // RT_TABLE_MAIN, RTPROT_STATIC, RTN_UNICAST.
        let (table, protocol, unicast) = (254, 4, 1);
        let head = [
            family, length, 0, 0, table, protocol, scope, unicast, 0, 0, 0, 0,
        ];
        self.begin(NEWROUTE, CREATE | EXCLUSIVE, about).raw(&head);
    }

    /// Queries the route of a packet to this address through this interface.
    pub(in crate::network) fn get_route(&mut self, address: IpAddr, index: u32, about: &str) {
        let length = if address.is_ipv4() { 32 } else { 128 };
        let head = [family(address), length, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        // RTA_DST and RTA_OIF.
        self.begin_query(GETROUTE, about).raw(&head);
        self.address(1, address).number(4, index);
    }

    pub(super) fn address(&mut self, kind: u16, address: IpAddr) -> &mut Self {
        match address {
            IpAddr::V4(v4) => self.attribute(kind, &v4.octets()),
            IpAddr::V6(v6) => self.attribute(kind, &v6.octets()),
        }
    }

    fn end(&mut self, end: &End<'_>) {
        self.text(LINK_NAME, end.name).number(LINK_MTU, end.mtu);
        // The kernel's default is a queue for each processor, with files in /sys for each.
        self.number(LINK_SEND_QUEUES, 1)
            .number(LINK_RECEIVE_QUEUES, 1);
        if let Some(namespace) = end.namespace.and_then(|fd| u32::try_from(fd).ok()) {
            self.number(LINK_NAMESPACE, namespace);
        }
        if let Some(mac) = end.mac {
            self.attribute(LINK_ADDRESS, &mac);
        }
    }
}

/// Returns `AF_INET` or `AF_INET6`.
pub(super) fn family(address: IpAddr) -> u8 {
    if address.is_ipv4() { 2 } else { 10 }
}

/// Returns a `struct ifinfomsg`: family, type, index, flags, and the mask of the flags to change.
fn link_head(index: u32, flags: u32, mask: u32) -> [u8; 16] {
    let mut head = [0; 16];
    head[4..8].copy_from_slice(&index.to_ne_bytes());
    head[8..12].copy_from_slice(&flags.to_ne_bytes());
    head[12..].copy_from_slice(&mask.to_ne_bytes());
    head
}
