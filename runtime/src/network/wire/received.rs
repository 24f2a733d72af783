//! What the kernel reports about a received frame: control messages, as in `cmsg(3)`.

use std::ffi::c_int;

use crate::sys::packet::{AUXILIARY, Arrival, TIME};

/// `TP_STATUS_CSUMNOTREADY`, `TP_STATUS_VLAN_VALID`, `TP_STATUS_VLAN_TPID_VALID`.
const CHECKSUM_UNFINISHED: u32 = 8;
const VLAN_VALID: u32 = 16;
const VLAN_TPID_VALID: u32 = 64;

/// The kernel's data about a received frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    /// The frame's own length, which exceeds the available room if the frame was truncated.
    pub(super) length: usize,
    /// The index of the receiving interface.
    pub(super) interface: u32,
    /// The time of arrival, in nanoseconds of `CLOCK_REALTIME`. 0: unknown.
    pub(super) stamp: u64,
    /// The sender left the checksum of TCP or UDP to the device.
    pub(super) checksum_unfinished: bool,
    /// The tag that the kernel has removed from the frame: protocol and control information.
    pub(super) vlan: Option<(u16, u16)>,
}

impl Received {
    pub(super) fn of(arrival: Arrival<'_>) -> Self {
        let mut received = Self {
            length: arrival.length,
            interface: arrival.interface,
            ..Self::default()
        };
        let mut rest = arrival.control;
        while let Some((kind, data, after)) = control_message(rest) {
            match kind {
                TIME => received.stamp = stamp(data),
                AUXILIARY => read_auxdata(data, &mut received),
                _ => {}
            }
            rest = after;
        }
        received
    }
}

/// The level and the type of a control message, its data, and the bytes after it.
type Message<'m> = ((c_int, c_int), &'m [u8], &'m [u8]);

/// Parses the first control message: the length as a long, two ints, and the data. The next message
/// begins at a multiple of a long.
fn control_message(bytes: &[u8]) -> Option<Message<'_>> {
    const LONG: usize = size_of::<usize>();
    const HEAD: usize = LONG + 8;
    let length = usize::from_ne_bytes(bytes.get(..LONG)?.try_into().ok()?);
    let int = |at: usize| {
        Some(c_int::from_ne_bytes(
            bytes.get(at..at + 4)?.try_into().ok()?,
        ))
    };
    let data = bytes.get(HEAD..length)?;
    let after = bytes
        .get(length.next_multiple_of(LONG)..)
        .unwrap_or_default();
    Some(((int(LONG)?, int(LONG + 4)?), data, after))
}

/// Parses seconds and nanoseconds, of 32 or 64 bits each.
fn stamp(data: &[u8]) -> u64 {
    let (seconds, nanoseconds) = data.split_at(data.len() / 2);
    let number = |bytes: &[u8]| match bytes.len() {
        8 => u64::from_ne_bytes(bytes.try_into().unwrap_or_default()),
        4 => u64::from(u32::from_ne_bytes(bytes.try_into().unwrap_or_default())),
        _ => 0,
    };
    number(seconds)
        .wrapping_mul(1_000_000_000)
        .wrapping_add(number(nanoseconds))
}

/// Parses `struct tpacket_auxdata`: four ints of status and lengths, two shorts of offsets, the tag
/// and its protocol.
fn read_auxdata(data: &[u8], received: &mut Received) {
    let short = |at: usize| {
        let bytes = data.get(at..at + 2).and_then(|two| two.try_into().ok());
        bytes.map_or(0, u16::from_ne_bytes)
    };
    let status = data.get(..4).and_then(|four| four.try_into().ok());
    let status = status.map_or(0, u32::from_ne_bytes);
    received.checksum_unfinished = status & CHECKSUM_UNFINISHED != 0;
    if status & VLAN_VALID != 0 {
        const DOT1Q: u16 = 0x8100;
        // status, len, snaplen (3 × 4), mac, net (2 × 2), then tag and protocol.
        let protocol = if status & VLAN_TPID_VALID == 0 {
            DOT1Q
        } else {
            short(18)
        };
        received.vlan = Some((protocol, short(16)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a control message as the kernel writes it.
    fn message((level, kind): (c_int, c_int), data: &[u8]) -> Vec<u8> {
        let mut bytes = (size_of::<usize>() + 8 + data.len()).to_ne_bytes().to_vec();
        bytes.extend([level, kind].map(c_int::to_ne_bytes).concat());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(size_of::<usize>()), 0);
        bytes
    }

    fn received(control: &[u8]) -> Received {
        Received::of(Arrival {
            length: 60,
            interface: 3,
            control,
        })
    }

    #[test]
    fn messages_of_all_kinds_are_read() {
        let words = [VLAN_VALID | CHECKSUM_UNFINISHED, 60, 60].map(u32::to_ne_bytes);
        let tag = [14, 18, 7, 0x88a8_u16].map(u16::to_ne_bytes);
        let auxiliary = [words.concat(), tag.concat()].concat();
        let time = [2_u64, 5].map(u64::to_ne_bytes).concat();
        let other = message((1, 2), &[1; 5]);
        let control = [other, message(TIME, &time), message(AUXILIARY, &auxiliary)];
        let expected = Received {
            length: 60,
            interface: 3,
            stamp: 2_000_000_005,
            checksum_unfinished: true,
            vlan: Some((0x8100, 7)),
        };
        assert_eq!(received(&control.concat()), expected);
    }

    #[test]
    fn the_protocol_of_a_tag_is_the_kernel_s_if_it_has_one() {
        let words = [VLAN_VALID | VLAN_TPID_VALID, 60, 60].map(u32::to_ne_bytes);
        let tag = [14, 18, 7, 0x88a8_u16].map(u16::to_ne_bytes);
        let auxiliary = [words.concat(), tag.concat()].concat();
        let vlan = received(&message(AUXILIARY, &auxiliary)).vlan;
        assert_eq!(vlan, Some((0x88a8, 7)));
    }

    #[test]
    fn a_time_of_32_bits_is_read() {
        let time = [2_u32, 5].map(u32::to_ne_bytes).concat();
        assert_eq!(received(&message(TIME, &time)).stamp, 2_000_000_005);
    }

    #[test]
    fn a_truncated_message_ends_the_list() {
        let whole = message(TIME, &[0; 16]);
        for length in 0..whole.len() {
            assert_eq!(received(&whole[..length]).stamp, 0);
        }
    }
}
