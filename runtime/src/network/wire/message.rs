//! The messages from the test to the wire. One byte acknowledges each message once it has taken
//! effect.

use super::settings::{NUMBERS, Settings};

/// The answer to each message.
pub(super) const ACKNOWLEDGED: &[u8] = b"k";

/// Flags of a port: packets from it, or packets to it, are dropped or held.
pub(in crate::network) const CUT_OUT: u8 = 1;
pub(in crate::network) const CUT_IN: u8 = 2;
pub(in crate::network) const HOLD_OUT: u8 = 4;
pub(in crate::network) const HOLD_IN: u8 = 8;

/// The blocks: flags of each port, and for each pair of hosts whether packets from the first to the
/// second are dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::network) struct Blocks {
    pub(in crate::network) ports: Vec<u8>,
    /// A bit for each pair, host by host.
    pairs: Vec<u8>,
    hosts: usize,
    any_pair: bool,
}

impl Blocks {
    pub(in crate::network) fn new(ports: usize, hosts: usize) -> Self {
        Self {
            ports: vec![0; ports],
            pairs: vec![0; (hosts * hosts).div_ceil(8)],
            hosts,
            any_pair: false,
        }
    }

    pub(in crate::network) fn block_pair(&mut self, from: usize, to: usize) {
        let bit = from * self.hosts + to;
        self.pairs[bit / 8] |= 1 << (bit % 8);
        self.any_pair = true;
    }

    pub(super) fn any_pair(&self) -> bool {
        self.any_pair
    }

    pub(super) fn blocks_pair(&self, from: usize, to: usize) -> bool {
        let bit = from * self.hosts + to;
        self.pairs
            .get(bit / 8)
            .is_some_and(|byte| byte & 1 << (bit % 8) != 0)
    }

    /// Copies the blocks of a message for the same network.
    fn copy_from(&mut self, bytes: &[u8]) -> Option<()> {
        let (ports, pairs) = bytes.split_at_checked(self.ports.len())?;
        if pairs.len() != self.pairs.len() {
            return None;
        }
        self.ports.copy_from_slice(ports);
        self.pairs.copy_from_slice(pairs);
        self.any_pair = pairs.iter().any(|byte| *byte != 0);
        Some(())
    }

    /// Returns the length of the longest message for a network of this size.
    pub(super) fn longest_message(&self) -> usize {
        let blocks = 1 + self.ports.len() + self.pairs.len();
        blocks.max(1 + 8 * (NUMBERS + 1)).max(1 + LONGEST_TEXT)
    }
}

/// A message, as the test sends it.
#[derive(Clone, Copy, Debug)]
pub(in crate::network) enum Message<'a> {
    /// Process all frames that have arrived so far.
    Sync,
    Block(&'a Blocks),
    Set(usize, Settings),
    /// Drop this many of the next packets from this port.
    DropNext(usize, u64),
    /// The report to print if the test's process ends without `End`.
    Text(&'a str),
    /// Write the capture, and exit.
    End,
}

/// The maximum length of a text. Longer ones are truncated.
pub(super) const LONGEST_TEXT: usize = 16 << 10;

const SYNC: u8 = 1;
const BLOCK: u8 = 2;
const SET: u8 = 3;
const DROP_NEXT: u8 = 4;
const TEXT: u8 = 5;
const END: u8 = 6;

impl Message<'_> {
    pub(super) fn encode(self) -> Vec<u8> {
        match self {
            Message::Sync => vec![SYNC],
            Message::Block(blocks) => {
                let mut bytes = vec![BLOCK];
                bytes.extend_from_slice(&blocks.ports);
                bytes.extend_from_slice(&blocks.pairs);
                bytes
            }
            Message::Set(port, settings) => {
                let mut bytes = vec![SET];
                bytes.extend_from_slice(&(port as u64).to_ne_bytes());
                for number in settings.to_numbers() {
                    bytes.extend_from_slice(&number.to_ne_bytes());
                }
                bytes
            }
            Message::DropNext(port, count) => {
                let mut bytes = vec![DROP_NEXT];
                bytes.extend_from_slice(&(port as u64).to_ne_bytes());
                bytes.extend_from_slice(&count.to_ne_bytes());
                bytes
            }
            Message::Text(text) => {
                let mut bytes = vec![TEXT];
                bytes.extend_from_slice(&text.as_bytes()[..text.len().min(LONGEST_TEXT)]);
                bytes
            }
            Message::End => vec![END],
        }
    }
}

/// A message, as the wire receives it. Allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    Sync,
    Blocked,
    Set(usize, Settings),
    DropNext(usize, u64),
    /// All bytes after the first one.
    Text,
    End,
    /// Not a message of this protocol.
    Corrupt,
}

/// Parses a message, and stores its blocks in `blocks`.
pub(super) fn decode(bytes: &[u8], blocks: &mut Blocks) -> Received {
    read(bytes, blocks).unwrap_or(Received::Corrupt)
}

fn read(bytes: &[u8], blocks: &mut Blocks) -> Option<Received> {
    let (kind, rest) = bytes.split_first()?;
    let number = |at: usize| {
        Some(u64::from_ne_bytes(
            rest.get(8 * at..8 * at + 8)?.try_into().ok()?,
        ))
    };
    let port = || {
        let port = usize::try_from(number(0)?).ok()?;
        (port < blocks.ports.len()).then_some(port)
    };
    Some(match *kind {
        SYNC => Received::Sync,
        BLOCK => blocks.copy_from(rest).map(|()| Received::Blocked)?,
        SET => {
            let mut numbers = [0; NUMBERS];
            for (at, slot) in numbers.iter_mut().enumerate() {
                *slot = number(at + 1)?;
            }
            Received::Set(port()?, Settings::from_numbers(numbers))
        }
        DROP_NEXT => Received::DropNext(port()?, number(1)?),
        TEXT => Received::Text,
        END => Received::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Blocks, CUT_IN, Message, Received, Settings, decode};
    use crate::network::link::Conditions;

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let mut here = Blocks::new(3, 3);
        here.ports[1] = CUT_IN;
        here.block_pair(2, 1);
        let mut there = Blocks::new(3, 3);
        assert_eq!(
            decode(&Message::Block(&here).encode(), &mut there),
            Received::Blocked
        );
        assert_eq!(here, there);
        assert!(there.blocks_pair(2, 1) && !there.blocks_pair(1, 2) && there.any_pair());

        let settings = Settings::new(&Conditions {
            delay: Duration::from_millis(5),
            loss: 0.5,
            rate: Some(7),
            ..Conditions::default()
        });
        let set = Message::Set(2, settings).encode();
        assert!(set.len() <= here.longest_message());
        assert_eq!(decode(&set, &mut there), Received::Set(2, settings));
        assert_eq!(
            decode(&Message::DropNext(0, 9).encode(), &mut there),
            Received::DropNext(0, 9)
        );
        assert_eq!(decode(&Message::Sync.encode(), &mut there), Received::Sync);
        assert_eq!(decode(&Message::End.encode(), &mut there), Received::End);
    }

    #[test]
    fn what_is_no_message_is_corrupt() {
        let mut blocks = Blocks::new(1, 1);
        let strange: [&[u8]; 5] = [
            b"",
            b"\x09",
            b"\x02",
            b"\x03\0\0",
            b"\x04\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ];
        for bytes in strange {
            assert_eq!(decode(bytes, &mut blocks), Received::Corrupt, "{bytes:?}");
        }
    }
}
