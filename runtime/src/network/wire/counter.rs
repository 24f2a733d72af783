//! The wire's counters, in memory that the test reads.

use std::fmt;
use std::sync::atomic::Ordering;

use crate::sys::Errno;
use crate::sys::shared_memory::Counters;

/// A counter of each direction. Each sending port is one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::network) enum Count {
    Seen,
    Bytes,
    Delivered,
    Lost,
    Queue,
    Cut,
    Asked,
    Duplicated,
    Reordered,
    Undeliverable,
    Neighbour,
    /// Not a sum: the number of waiting packets, delayed or held.
    Waiting,
}

const PER_PORT: usize = 12;

/// The counters to leave out if they are 0.
const WORDS: [(Count, &str); 8] = [
    (Count::Lost, "lost"),
    (Count::Queue, "dropped by the full queue"),
    (Count::Cut, "cut"),
    (Count::Asked, "dropped by drop_next"),
    (Count::Undeliverable, "undeliverable"),
    (Count::Duplicated, "duplicated"),
    (Count::Reordered, "reordered"),
    (Count::Waiting, "on their way"),
];

/// The counters of all ports, followed by those of the whole wire.
#[derive(Debug)]
pub(in crate::network) struct Counts {
    counters: Counters,
    ports: usize,
}

impl Counts {
    pub(super) fn new(ports: usize) -> Result<Self, Errno> {
        Ok(Self {
            counters: Counters::new(ports * PER_PORT + 1)?,
            ports,
        })
    }

    pub(in crate::network) fn get(&self, port: usize, count: Count) -> u64 {
        self.counters[port * PER_PORT + count as usize].load(Ordering::Relaxed)
    }

    /// Writes the fate of the packets that a port has sent: `20 sent, 14 delivered, 6 lost`.
    /// Allocates nothing.
    pub(in crate::network) fn write(&self, port: usize, out: &mut impl fmt::Write) -> fmt::Result {
        let (sent, delivered) = (
            self.get(port, Count::Seen),
            self.get(port, Count::Delivered),
        );
        write!(out, "{sent} sent, {delivered} delivered")?;
        for (count, word) in WORDS {
            match self.get(port, count) {
                0 => {}
                number => write!(out, ", {number} {word}")?,
            }
        }
        Ok(())
    }

    /// Returns how many frames arrived faster than the wire could receive them, on all ports.
    pub(in crate::network) fn missed(&self) -> u64 {
        self.counters[self.ports * PER_PORT].load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, port: usize, count: Count, number: u64) {
        // The wire is the only writer.
        self.counters[port * PER_PORT + count as usize].fetch_add(number, Ordering::Relaxed);
    }

    pub(super) fn take_off(&self, port: usize, count: Count) {
        self.counters[port * PER_PORT + count as usize].fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn add_missed(&self, number: u64) {
        self.counters[self.ports * PER_PORT].fetch_add(number, Ordering::Relaxed);
    }
}
