//! Waiting frames: until they are due, until the next one has passed them, or until their link is
//! released.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::pool::Slot;

/// A waiting frame. Among those due at the same time, the first to arrive leaves first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    due: u64,
    order: u64,
    slot: Slot,
}

/// A frame that lets the next one pass it.
#[derive(Clone, Copy, Debug)]
struct Aside {
    slot: Slot,
    copies: u8,
    /// When it continues, if no frame passes it.
    deadline: u64,
}

/// A frame on a held link, on its way to this port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) slot: Slot,
    pub(super) to: usize,
}

/// All waiting frames, in memory allocated before.
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Waiting>>,
    asides: Vec<Option<Aside>>,
    asides_count: usize,
    held: Vec<Held>,
    taken: Vec<Held>,
    room: usize,
    order: u64,
}

/// How long a frame waits for another one to pass it, after it is due, in nanoseconds.
const LONGEST_ASIDE: u64 = 50_000_000;

impl Queue {
    /// Makes a queue with room for this many frames, of this many ports. Allocates.
    pub(super) fn new(room: usize, ports: usize) -> Self {
        Self {
            heap: BinaryHeap::with_capacity(room),
            asides: vec![None; ports],
            asides_count: 0,
            held: Vec::with_capacity(room),
            taken: Vec::with_capacity(room),
            room,
            order: 0,
        }
    }

    /// Returns whether there is room for this many more frames, without growing the memory.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.heap.len() + self.held.len() + 2 * self.asides_count + more <= self.room
    }

    /// Adds this many copies of a frame from this port, followed by the one that it passes.
    pub(super) fn push(&mut self, port: usize, slot: Slot, due: u64, copies: u8) {
        self.push_copies(slot, due, copies);
        if let Some(aside) = self.asides[port].take() {
            self.asides_count -= 1;
            self.push_copies(aside.slot, due, aside.copies);
        }
    }

    /// Adds a frame that the next one from this port has to pass. An earlier frame that still waits
    /// for this continues first.
    pub(super) fn push_aside(&mut self, port: usize, slot: Slot, due: u64, copies: u8) {
        if let Some(before) = self.asides[port].take() {
            self.asides_count -= 1;
            self.push_copies(before.slot, due, before.copies);
        }
        self.asides[port] = Some(Aside {
            slot,
            copies,
            deadline: due + LONGEST_ASIDE,
        });
        self.asides_count += 1;
    }

    /// Returns the next frame that is due by now, if there is one.
    pub(super) fn pop(&mut self, now: u64) -> Option<Slot> {
        self.settle_asides(now);
        let Reverse(first) = self.heap.peek()?;
        if first.due > now {
            return None;
        }
        self.heap.pop().map(|Reverse(first)| first.slot)
    }

    /// Returns the next due time. `None`: no frame waits for its time.
    pub(super) fn next_due(&self) -> Option<u64> {
        let mut next = self.heap.peek().map(|Reverse(first)| first.due);
        if self.asides_count == 0 {
            return next;
        }
        for aside in self.asides.iter().flatten() {
            let due = next.unwrap_or(aside.deadline);
            next = Some(due.min(aside.deadline));
        }
        next
    }

    pub(super) fn hold(&mut self, held: Held) {
        // There is room: its place in the heap, or that of its last copy, has just become free.
        // `deliver` checks for room before.
        self.held.push(held);
    }

    /// Takes all held frames out, and returns their number, for [`taken`](Self::taken).
    pub(super) fn take_held(&mut self) -> usize {
        self.taken.clear();
        std::mem::swap(&mut self.held, &mut self.taken);
        self.taken.len()
    }

    /// Returns the held frame with this number among those taken out, in the order in which they
    /// were held.
    pub(super) fn taken(&self, number: usize) -> Held {
        self.taken[number]
    }

    fn push_copies(&mut self, slot: Slot, due: u64, copies: u8) {
        for _ in 0..copies {
            self.order += 1;
            self.heap.push(Reverse(Waiting {
                due,
                order: self.order,
                slot,
            }));
        }
    }

    fn settle_asides(&mut self, now: u64) {
        if self.asides_count == 0 {
            return;
        }
        for port in 0..self.asides.len() {
            if let Some(aside) = self.asides[port].take_if(|aside| aside.deadline <= now) {
                self.asides_count -= 1;
                self.push_copies(aside.slot, aside.deadline, aside.copies);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Queue};

    fn drain(queue: &mut Queue, now: u64) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop(now)).collect()
    }

    #[test]
    fn what_is_due_first_goes_first() {
        let mut queue = Queue::new(8, 1);
        queue.push(0, 1, 30, 1);
        queue.push(0, 2, 10, 2);
        queue.push(0, 3, 10, 1);
        assert_eq!(queue.next_due(), Some(10));
        assert_eq!(drain(&mut queue, 9), []);
        assert_eq!(drain(&mut queue, 10), [2, 2, 3]);
        assert_eq!(drain(&mut queue, 30), [1]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn one_aside_changes_places_with_the_next() {
        let mut queue = Queue::new(8, 2);
        queue.push_aside(0, 1, 10, 1);
        queue.push(1, 2, 10, 1);
        assert_eq!(drain(&mut queue, 10), [2]);
        queue.push(0, 3, 20, 1);
        assert_eq!(drain(&mut queue, 20), [3, 1]);
        queue.push_aside(0, 4, 30, 2);
        assert_eq!(drain(&mut queue, 30), []);
        let deadline = queue.next_due().expect("it waits");
        assert_eq!(drain(&mut queue, deadline), [4, 4]);
    }

    #[test]
    fn held_frames_keep_their_order() {
        let mut queue = Queue::new(8, 1);
        for slot in 0..4 {
            queue.hold(Held {
                slot,
                to: slot as usize % 2,
            });
        }
        let taken = |queue: &mut Queue| {
            let count = queue.take_held();
            (0..count)
                .map(|number| queue.taken(number))
                .collect::<Vec<_>>()
        };
        let held = taken(&mut queue);
        held.iter()
            .filter(|held| held.to == 0)
            .for_each(|held| queue.hold(*held));
        let left: Vec<u32> = taken(&mut queue).iter().map(|held| held.slot).collect();
        assert_eq!(left, [0, 2]);
        assert_eq!(queue.take_held(), 0);
    }

    #[test]
    fn room_is_counted() {
        let mut queue = Queue::new(3, 1);
        assert!(queue.has_room(3) && !queue.has_room(4));
        queue.push(0, 0, 1, 2);
        assert!(queue.has_room(1) && !queue.has_room(2));
    }
}
