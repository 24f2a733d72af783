//! The fate of a packet: a function of its direction's settings, the seed and its number. It
//! depends on earlier packets only if the condition does (a queue, a burst, the order).

use super::dice::{Question, SIDES, roll};
use super::settings::Settings;

/// The state of a direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Direction {
    pub(super) settings: Settings,
    /// The number of packets so far, which is the number of the next one.
    seen: u64,
    in_burst: bool,
    /// The time when the link will have sent its queue.
    free_at: u64,
    /// The due time of the previous packet.
    last_due: u64,
    /// The number of next packets to drop.
    pub(super) drop_next: u64,
}

/// The fate of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Lost,
    /// It found the queue full.
    Overflow,
    /// The test has requested its drop.
    Asked,
    Delivered {
        due: u64,
        duplicate: bool,
        reorder: bool,
    },
}

/// A frame's overhead on a real wire: preamble, checksum and gap.
const OVERHEAD: u64 = 24;

impl Direction {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Returns the fate of the next packet, which has this length and arrived at this time.
    pub(super) fn decide(
        &mut self,
        seed: u64,
        direction: u64,
        length: usize,
        arrived: u64,
    ) -> Fate {
        let number = self.seen;
        self.seen += 1;
        let settings = self.settings;
        let is = |question, sides| sides > 0 && roll(seed, direction, number, question) < sides;
        let changes = if self.in_burst {
            settings.burst_ends
        } else {
            settings.burst_begins
        };
        if is(Question::Burst, changes) {
            self.in_burst = !self.in_burst;
        }
        // Removing the condition ends a current burst.
        self.in_burst &= settings.burst_begins > 0;
        if self.drop_next > 0 {
            self.drop_next -= 1;
            return Fate::Asked;
        }
        if is(Question::Loss, settings.loss) || self.in_burst {
            return Fate::Lost;
        }
        let Some(sent) = self.transmit(length, arrived) else {
            return Fate::Overflow;
        };
        let jitter = u128::from(settings.jitter)
            * u128::from(roll(seed, direction, number, Question::Jitter));
        let jitter = u64::try_from(jitter / u128::from(SIDES)).unwrap_or(0);
        let due = (sent + settings.delay + jitter).max(self.last_due);
        self.last_due = due;
        Fate::Delivered {
            due,
            duplicate: is(Question::Duplicate, settings.duplicate),
            reorder: is(Question::Reorder, settings.reorder),
        }
    }

    /// Sets the conditions. The queue of the old rate no longer delays packets.
    pub(super) fn set(&mut self, settings: Settings) {
        self.settings = settings;
        self.free_at = 0;
    }

    /// Returns when the packet has left its sender, after those in the queue. `None`: the queue is
    /// full.
    fn transmit(&mut self, length: usize, arrived: u64) -> Option<u64> {
        let Settings { rate, queue, .. } = self.settings;
        if rate == 0 {
            return Some(arrived);
        }
        let start = self.free_at.max(arrived);
        if start - arrived > queue {
            return None;
        }
        let bits = u128::from(length as u64 + OVERHEAD) * 8;
        let takes = bits * 1_000_000_000 / u128::from(rate);
        self.free_at = start.saturating_add(u64::try_from(takes).unwrap_or(u64::MAX));
        Some(self.free_at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::settings::Settings;
    use super::{Direction, Fate};
    use crate::network::link::Conditions;

    fn direction(conditions: &Conditions) -> Direction {
        Direction::new(Settings::new(conditions))
    }

    fn fates(conditions: &Conditions, count: u64) -> Vec<Fate> {
        let mut direction = direction(conditions);
        (0..count)
            .map(|packet| direction.decide(42, 1, 1000, packet * 1000))
            .collect()
    }

    #[test]
    fn shares_of_0_and_1_are_exact() {
        let lost = |loss| {
            let conditions = Conditions {
                loss,
                ..Conditions::default()
            };
            fates(&conditions, 10_000)
                .iter()
                .filter(|fate| **fate == Fate::Lost)
                .count()
        };
        assert_eq!([lost(0.0), lost(1.0)], [0, 10_000]);
        let bursts = |share| {
            let conditions = Conditions {
                bursts: Some((share, 4.0)),
                ..Conditions::default()
            };
            fates(&conditions, 10_000)
                .iter()
                .filter(|fate| **fate == Fate::Lost)
                .count()
        };
        assert_eq!([bursts(0.0), bursts(1.0)], [0, 10_000]);
    }

    #[test]
    fn bursts_have_their_share_and_length() {
        let conditions = Conditions {
            bursts: Some((0.1, 5.0)),
            ..Conditions::default()
        };
        let lost: Vec<bool> = fates(&conditions, 100_000)
            .iter()
            .map(|fate| *fate == Fate::Lost)
            .collect();
        let count = lost.iter().filter(|lost| **lost).count();
        let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        // Constants of this seed.
        assert!((9_000..11_000).contains(&count), "{count}");
        assert!(
            (4 * bursts..6 * bursts).contains(&count),
            "{count} in {bursts}"
        );
    }

    #[test]
    fn jitter_keeps_the_order_and_the_delay() {
        let conditions = Conditions {
            delay: Duration::from_micros(10),
            jitter: Duration::from_micros(50),
            ..Conditions::default()
        };
        let mut last = 0;
        for (packet, fate) in (0_u64..).zip(fates(&conditions, 10_000)) {
            let Fate::Delivered { due, .. } = fate else {
                panic!("{fate:?}")
            };
            let arrived = packet * 1000;
            assert!(due >= last && due >= arrived + 10_000, "{packet}: {due}");
            last = due;
        }
    }

    #[test]
    fn a_rate_fills_the_queue() {
        // 1,024 bytes on the wire take 8.192 ms at 1 Mbit/s; a packet arrives each microsecond.
        let conditions = Conditions {
            rate: Some(1_000_000),
            queue: Some(Duration::from_millis(20)),
            ..Conditions::default()
        };
        let fates = fates(&conditions, 10);
        let due: Vec<u64> = fates
            .iter()
            .filter_map(|fate| match fate {
                Fate::Delivered { due, .. } => Some(*due),
                _ => None,
            })
            .collect();
        assert_eq!(due, [8_192_000, 2 * 8_192_000, 3 * 8_192_000]);
        assert!(fates[3..].iter().all(|fate| *fate == Fate::Overflow));
    }

    #[test]
    fn what_is_asked_to_be_dropped_shifts_no_fate() {
        let conditions = Conditions {
            loss: 0.3,
            ..Conditions::default()
        };
        let plain = fates(&conditions, 100);
        let mut asked = direction(&conditions);
        asked.drop_next = 7;
        for (packet, plain) in (0_u64..).zip(plain) {
            let fate = asked.decide(42, 1, 1000, packet * 1000);
            assert_eq!(
                fate,
                if packet < 7 { Fate::Asked } else { plain },
                "{packet}"
            );
        }
    }
}
