//! The parts of an Ethernet frame that the wire needs.

/// Returns the offset of the first header after the MAC addresses and VLAN tags, and its protocol.
pub(super) fn network_header(frame: &[u8]) -> Option<(u16, usize)> {
    let mut at = 12;
    loop {
        let protocol = short(frame, at)?;
        at += 2;
        match protocol {
            VLAN | VLAN_OF_PROVIDERS => at += 2,
            _ => return Some((protocol, at)),
        }
    }
}

pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;
const ARP: u16 = 0x0806;
const VLAN: u16 = 0x8100;
const VLAN_OF_PROVIDERS: u16 = 0x88a8;

/// The types of headers that follow an IPv6 header.
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION: u8 = 60;
const ICMPV6: u8 = 58;
const IGMP: u8 = 2;

/// Returns whether the kernel sends such frames at arbitrary times: ARP, IGMP, and in ICMPv6
/// neighbour discovery and MLD.
pub(super) fn is_neighbour_discovery(frame: &[u8]) -> bool {
    /// MLD is 130 to 132 and 143, router and neighbour discovery 133 to 137.
    const ICMPV6_KINDS: [std::ops::RangeInclusive<u8>; 2] = [130..=137, 143..=143];
    match network_header(frame) {
        Some((ARP, _)) => true,
        Some((IPV4, at)) => frame.get(at + 9) == Some(&IGMP),
        Some((IPV6, at)) => match upper_header(frame, at) {
            Some((ICMPV6, at)) => frame
                .get(at)
                .is_some_and(|kind| ICMPV6_KINDS.iter().any(|kinds| kinds.contains(kind))),
            _ => false,
        },
        _ => false,
    }
}

/// Returns the protocol and offset of the first header that is not an extension, after the IPv6
/// header at `at`.
pub(super) fn upper_header(frame: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut next = *frame.get(at + 6)?;
    let mut at = at + 40;
    loop {
        let length = match next {
            HOP_BY_HOP | ROUTING | DESTINATION => 8 + 8 * usize::from(*frame.get(at + 1)?),
            FRAGMENT => 8,
            _ => return Some((next, at)),
        };
        next = *frame.get(at)?;
        at += length;
    }
}

/// Returns the addresses of an IP packet's frame, sender first.
pub(super) fn ip_addresses(frame: &[u8]) -> Option<(&[u8], &[u8])> {
    let (protocol, at) = network_header(frame)?;
    match protocol {
        IPV4 => Some((frame.get(at + 12..at + 16)?, frame.get(at + 16..at + 20)?)),
        IPV6 => Some((frame.get(at + 8..at + 24)?, frame.get(at + 24..at + 40)?)),
        _ => None,
    }
}

pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([two[0], two[1]]))
}

#[cfg(test)]
mod tests {
    use super::{ip_addresses, is_neighbour_discovery, network_header};

    fn frame(parts: &[&[u8]]) -> Vec<u8> {
        [&[0; 12][..], &parts.concat()].concat()
    }

    /// Returns an IPv6 header, followed by these bytes.
    fn ipv6(next: u8, rest: &[u8]) -> Vec<u8> {
        let addresses = [[1; 16], [2; 16]].concat();
        frame(&[
            &[0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, next, 64],
            &addresses,
            rest,
        ])
    }

    #[test]
    fn what_the_kernel_sends_by_itself_is_known() {
        assert!(is_neighbour_discovery(&frame(&[&[8, 6], &[0; 28]])));
        assert!(is_neighbour_discovery(&ipv6(58, &[135, 0, 0, 0])));
        // MLDv2, after the router alert.
        assert!(is_neighbour_discovery(&ipv6(
            0,
            &[58, 0, 5, 2, 0, 0, 1, 0, 143, 0]
        )));
        assert!(is_neighbour_discovery(&frame(&[
            &[0x81, 0, 0, 5, 8, 6],
            &[0; 28]
        ])));
        // An echo request, UDP, and no payload.
        assert!(!is_neighbour_discovery(&ipv6(58, &[128, 0, 0, 0])));
        assert!(!is_neighbour_discovery(&ipv6(17, &[0; 8])));
        assert!(!is_neighbour_discovery(&[]));
    }

    #[test]
    fn tags_are_passed_over() {
        let tagged = frame(&[&[0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0], &[0x45; 20]]);
        assert_eq!(network_header(&tagged), Some((0x0800, 22)));
        assert_eq!(network_header(&tagged[..15]), None);
    }

    #[test]
    fn addresses_are_found() {
        let found = ipv6(17, &[]);
        assert_eq!(ip_addresses(&found), Some((&[1; 16][..], &[2; 16][..])));
        assert_eq!(ip_addresses(&found[..50]), None);
        assert_eq!(ip_addresses(&frame(&[&[8, 6], &[0; 28]])), None);
    }
}
