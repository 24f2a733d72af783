//! Frames that are due: where each goes.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

use crate::sys::Errno;
use crate::sys::packet::{BATCH, Outgoing};

use super::capture::Way;
use super::clock::now;
use super::counter::{Count, Counts};
use super::pool::{Pool, Slot};
use super::queue::Held;
use super::state::{FIRST_HUB_INDEX, Wire};
use super::switch::Passage;

impl Wire<'_> {
    /// Forwards the frames that are due.
    pub(super) fn deliver_due(&mut self) {
        let now = now();
        while let Some(slot) = self.queue.pop(now) {
            self.deliver(slot);
            if self.leaving.len() >= BATCH {
                self.send_leaving();
            }
        }
        self.send_leaving();
    }

    fn deliver(&mut self, slot: Slot) {
        let from = self.pool.frame(slot).port;
        for to in self.ways.destinations(from, self.pool.bytes(slot)) {
            let passage = self
                .ways
                .passage(&self.blocks, from, to, self.pool.bytes(slot));
            match passage {
                Passage::Free => {
                    self.pool.keep(slot);
                    self.leaving.push((slot, to));
                }
                Passage::Held if self.queue.has_room(1) => {
                    self.pool.keep(slot);
                    self.queue.hold(Held { slot, to });
                }
                Passage::Held => self.count(slot, Count::Queue),
                Passage::Cut => self.count(slot, Count::Cut),
            }
        }
        self.give_back(slot);
    }

    pub(super) fn give_back(&mut self, slot: Slot) {
        let frame = self.pool.frame(slot);
        if self.pool.give_back(slot) && !frame.neighbour {
            self.counts.take_off(frame.port, Count::Waiting);
        }
    }

    /// Sends all outgoing frames.
    pub(super) fn send_leaving(&mut self) {
        let mut sent = 0;
        while sent < self.leaving.len() {
            let mut batch = [Outgoing::default(); BATCH];
            let count = (self.leaving.len() - sent).min(BATCH);
            for (outgoing, (slot, to)) in batch.iter_mut().zip(&self.leaving[sent..]) {
                let frame = self.pool.frame(*slot);
                *outgoing = Outgoing {
                    start: frame.start,
                    length: frame.length,
                    interface: FIRST_HUB_INDEX + u32::try_from(*to).unwrap_or(0),
                };
            }
            match self
                .sender
                .send(self.packets.as_fd(), self.pool.memory(), &batch[..count])
            {
                Ok(count) => {
                    self.count_delivered(sent, count);
                    sent += count;
                }
                Err(Errno::INTR | Errno::AGAIN | Errno::NOBUFS) => {
                    wait_to_send(self.packets.as_fd());
                }
                Err(_interface_is_gone_or_down) => {
                    self.count(self.leaving[sent].0, Count::Undeliverable);
                    sent += 1;
                }
            }
        }
        for at in 0..self.leaving.len() {
            self.give_back(self.leaving[at].0);
        }
        self.leaving.clear();
    }

    fn count_delivered(&mut self, first: usize, count: usize) {
        for at in first..first + count {
            let (slot, to) = self.leaving[at];
            self.count(slot, Count::Delivered);
            if self.capture.is_some() {
                self.record(to, Way::In, now(), slot);
            }
        }
    }

    pub(super) fn count(&self, slot: Slot, what: Count) {
        count(self.counts, &self.pool, slot, what);
    }

    pub(super) fn record(&mut self, port: usize, way: Way, time: u64, slot: Slot) {
        if let Some(capture) = &mut self.capture {
            capture.add(port, way, time, self.pool.bytes(slot));
        }
    }
}

/// Counts a frame for its direction. Neighbour discovery is not counted.
fn count(counts: &Counts, pool: &Pool, slot: Slot, what: Count) {
    let frame = pool.frame(slot);
    if !frame.neighbour {
        counts.add(frame.port, what, 1);
    }
}

fn wait_to_send(socket: BorrowedFd<'_>) {
    let mut fds = [PollFd::new(socket, PollFlags::POLLOUT)];
    let _ = ppoll(
        &mut fds,
        Some(TimeSpec::from_duration(Duration::from_millis(1))),
        None,
    );
}
