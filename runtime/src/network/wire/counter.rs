//! What the wire counts, in memory that the test reads.

use std::sync::atomic::Ordering;

use crate::sys::Errno;
use crate::sys::shared_memory::Counters;

/// What is counted for each direction, which is each port that sends.
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
    /// Not a sum: how many are waiting, delayed or held.
    Waiting,
}

const PER_PORT: usize = 12;

/// The counters of all ports, and behind them those of the whole wire.
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

    /// How many frames arrived faster than the wire could take them, on all ports.
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
