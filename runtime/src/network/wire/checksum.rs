//! Completing a checksum that the sender has left to the device: TCP and UDP, over IPv4 and IPv6.
//!
//! A host's end of a link has no hardware, so its kernel leaves the checksums unfinished. A packet
//! socket returns the frame unchanged.

use super::frame::{IPV4, IPV6, network_header, short, upper_header};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Writes the checksum of the frame's segment or datagram. `None`: it is neither, or truncated.
pub(super) fn finish(frame: &mut [u8]) -> Option<()> {
    let (protocol, at) = network_header(frame)?;
    let (kind, start, end, addresses) = match protocol {
        IPV4 => {
            let header = usize::from(frame.get(at)? & 15) * 4;
            let end = at + usize::from(short(frame, at + 2)?);
            (*frame.get(at + 9)?, at + header, end, at + 12..at + 20)
        }
        IPV6 => {
            let (kind, start) = upper_header(frame, at)?;
            let end = at + 40 + usize::from(short(frame, at + 4)?);
            (kind, start, end, at + 8..at + 40)
        }
        _ => return None,
    };
    let place = match kind {
        TCP => start + 16,
        UDP => start + 6,
        _ => return None,
    };
    if place + 2 > end {
        return None;
    }
    frame.get_mut(place..place + 2)?.copy_from_slice(&[0, 0]);
    let length = u32::try_from(end - start).ok()?;
    let pseudo = sum(frame.get(addresses)?) + u64::from(kind) + u64::from(length);
    let folded = fold(pseudo + sum(frame.get(start..end)?));
    // In UDP, 0 means that there is no checksum.
    let checksum = if folded == 0xffff && kind == UDP {
        0xffff
    } else {
        !folded
    };
    frame
        .get_mut(place..place + 2)?
        .copy_from_slice(&checksum.to_be_bytes());
    Some(())
}

/// Returns the sum of the 16-bit words, before the carries are folded in.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.split_at(bytes.len() & !3);
    let mut tail = [0; 4];
    tail[..rest.len()].copy_from_slice(rest);
    let mut sum = u64::from(u32::from_be_bytes(tail));
    for word in words.chunks_exact(4) {
        sum += u64::from(u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
    }
    sum
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::finish;

    /// Returns a DNS datagram from 192.0.2.1 to 192.0.2.2, made by another program.
    fn udp() -> Vec<u8> {
        let ip = [
            0x45, 0, 0, 32, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
        ];
        let udp = [
            0x04, 0xd2, 0x16, 0x2e, 0, 12, 0xff, 0xff, b'a', b'b', b'c', b'd',
        ];
        [&[0; 12][..], &[8, 0], &ip, &udp].concat()
    }

    #[test]
    fn the_sum_over_all_is_zero_afterwards() {
        let mut frame = udp();
        finish(&mut frame).expect("it is UDP");
        let checksum = [frame[40], frame[41]];
        // Computed by hand: the one's complement of the sum of the pseudo header, the header and
        // `abcd`.
        let words: [u32; 13] = [
            0xc000, 0x0201, 0xc000, 0x0202, 17, 12, 0x04d2, 0x162e, 12, 0x6162, 0x6364, 0, 0,
        ];
        let mut sum: u32 = words.iter().sum();
        sum = (sum & 0xffff) + (sum >> 16);
        let expected = !u16::try_from((sum & 0xffff) + (sum >> 16)).expect("it is folded");
        assert_eq!(u16::from_be_bytes(checksum), expected);
    }

    #[test]
    fn what_is_cut_short_is_left_alone() {
        let whole = udp();
        for length in 0..whole.len() {
            let mut part = whole[..length].to_vec();
            assert_eq!(finish(&mut part), None, "{length}");
        }
    }
}
