//! Arriving frames, and the decision about each.

use std::os::fd::AsFd;

use crate::sys::packet::{self, BATCH};

use super::capture::Way;
use super::checksum;
use super::clock::now;
use super::counter::Count;
use super::fate::Fate;
use super::frame;
use super::pool::Slot;
use super::received::Received;
use super::state::{FIRST_HUB_INDEX, Wire};

/// The number of batches to receive before other work.
const BATCHES_AT_ONCE: usize = 16;

impl Wire<'_> {
    /// Receives the frames that have arrived.
    pub(super) fn receive(&mut self) {
        for _ in 0..BATCHES_AT_ONCE {
            let mut places = [0; BATCH];
            let places = self.pool.offer(&mut places);
            if places.is_empty() {
                self.drop_unread();
                return;
            }
            let count = places.len();
            let room = self.pool.longest();
            let socket = self.packets.as_fd();
            let received = self
                .receiver
                .receive(socket, self.pool.memory_mut(), places, room);
            let Ok(received) = received else { return };
            // Take all of them first: a slot that is given back is the next one to be used.
            let mut slots = [None; BATCH];
            for (position, slot) in slots.iter_mut().take(received).enumerate() {
                *slot = self.take(Received::of(self.receiver.arrival(position)));
            }
            for (position, slot) in slots.iter().enumerate() {
                if let Some(slot) = slot {
                    self.inspect(*slot, Received::of(self.receiver.arrival(position)));
                }
            }
            self.send_leaving();
            if received < count {
                break;
            }
        }
        self.counts
            .add_missed(u64::from(packet::dropped(self.packets.as_fd())));
    }

    /// Drops unread frames if there is no room for another one, as a switch with full memory does.
    fn drop_unread(&mut self) {
        let mut memory = [0; 64];
        while let Ok(count @ 1..) =
            self.receiver
                .receive(self.packets.as_fd(), &mut memory, &[0], 64)
        {
            for position in 0..count {
                if let Some(port) = self.port_of(Received::of(self.receiver.arrival(position))) {
                    self.counts.add(port, Count::Seen, 1);
                    self.counts.add(port, Count::Queue, 1);
                }
            }
        }
    }

    /// Returns the receiving port. `None`: the frame arrived at the hub's own `lo`.
    fn port_of(&self, received: Received) -> Option<usize> {
        let port = received.interface.checked_sub(FIRST_HUB_INDEX)? as usize;
        (port < self.directions.len()).then_some(port)
    }

    /// Returns the slot of a frame that has arrived.
    fn take(&mut self, received: Received) -> Option<Slot> {
        let length = received.length.min(self.pool.longest());
        self.pool.take(length, self.port_of(received).unwrap_or(0))
    }

    /// Decides the fate of a frame that has arrived.
    fn inspect(&mut self, slot: Slot, received: Received) {
        let Some(port) = self.port_of(received) else {
            self.pool.give_back(slot);
            return;
        };
        if let Some(tag) = received.vlan {
            self.pool.insert_tag(slot, tag);
        }
        if received.checksum_unfinished {
            checksum::finish(self.pool.bytes_mut(slot));
        }
        let arrived = if received.stamp == 0 {
            now()
        } else {
            received.stamp
        };
        self.record(port, Way::Out, arrived, slot);
        if received.length > self.pool.longest() {
            self.counts.add(port, Count::Seen, 1);
            self.counts.add(port, Count::Undeliverable, 1);
            self.pool.give_back(slot);
            return;
        }
        self.decide(port, slot, arrived);
    }

    fn decide(&mut self, port: usize, slot: Slot, arrived: u64) {
        if frame::is_neighbour_discovery(self.pool.bytes(slot)) {
            self.counts.add(port, Count::Neighbour, 1);
            self.pool.mark_neighbour(slot);
            let due = arrived + self.directions[port].settings.delay;
            self.enqueue(port, slot, due, 1, false);
            return;
        }
        let length = self.pool.frame(slot).length;
        self.counts.add(port, Count::Seen, 1);
        self.counts.add(port, Count::Bytes, length as u64);
        let lost = match self.directions[port].decide(self.seed, port as u64, length, arrived) {
            Fate::Delivered {
                due,
                duplicate,
                reorder,
            } => {
                self.enqueue(port, slot, due, 1 + u8::from(duplicate), reorder);
                return;
            }
            Fate::Lost => Count::Lost,
            Fate::Overflow => Count::Queue,
            Fate::Asked => Count::Asked,
        };
        self.counts.add(port, lost, 1);
        self.pool.give_back(slot);
    }

    fn enqueue(&mut self, port: usize, slot: Slot, due: u64, copies: u8, aside: bool) {
        if !self.queue.has_room(usize::from(copies)) {
            self.count(slot, Count::Queue);
            self.pool.give_back(slot);
            return;
        }
        self.count(slot, Count::Waiting);
        if copies > 1 {
            self.counts.add(port, Count::Duplicated, 1);
            self.pool.keep(slot);
        }
        if aside {
            self.counts.add(port, Count::Reordered, 1);
            self.queue.push_aside(port, slot, due, copies);
        } else {
            self.queue.push(port, slot, due, copies);
        }
    }
}
