//! The conditions of a direction, as the wire needs them.

use super::dice::{SIDES, sides};
use crate::network::link::{Conditions, QUEUE};

/// The conditions of one direction in the wire's units: nanoseconds, bits a second, and shares of
/// [`SIDES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::network) struct Settings {
    pub(super) delay: u64,
    pub(super) jitter: u64,
    pub(super) loss: u64,
    /// The probabilities that a burst of loss begins and ends.
    pub(super) burst_begins: u64,
    pub(super) burst_ends: u64,
    pub(super) duplicate: u64,
    pub(super) reorder: u64,
    /// 0: no limit.
    pub(super) rate: u64,
    pub(super) queue: u64,
}

/// The number of numbers in [`Settings`], for messages.
pub(super) const NUMBERS: usize = 9;

impl Settings {
    pub(in crate::network) fn new(conditions: &Conditions) -> Self {
        let nanoseconds =
            |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let (burst_begins, burst_ends) = conditions.bursts.map_or((0, 0), |(share, mean)| {
            if share >= 1.0 {
                return (SIDES, 0);
            }
            // The share of time in the bad state is begins / (begins + ends).
            let ends = 1.0 / mean;
            (sides(ends * share / (1.0 - share)), sides(ends))
        });
        Self {
            delay: nanoseconds(conditions.delay),
            jitter: nanoseconds(conditions.jitter),
            loss: sides(conditions.loss),
            burst_begins,
            burst_ends,
            duplicate: sides(conditions.duplicate),
            reorder: sides(conditions.reorder),
            rate: conditions.rate.unwrap_or(0),
            queue: nanoseconds(conditions.queue.unwrap_or(QUEUE)),
        }
    }

    pub(super) fn to_numbers(mut self) -> [u64; NUMBERS] {
        self.fields().map(|field| *field)
    }

    pub(super) fn from_numbers(numbers: [u64; NUMBERS]) -> Self {
        let mut settings = Self::default();
        for (at, field) in settings.fields().into_iter().enumerate() {
            *field = numbers[at];
        }
        settings
    }

    /// Returns all fields, in the order of a message.
    fn fields(&mut self) -> [&mut u64; NUMBERS] {
        let Self {
            delay,
            jitter,
            loss,
            burst_begins,
            burst_ends,
            duplicate,
            reorder,
            rate,
            queue,
        } = self;
        [
            delay,
            jitter,
            loss,
            burst_begins,
            burst_ends,
            duplicate,
            reorder,
            rate,
            queue,
        ]
    }
}
