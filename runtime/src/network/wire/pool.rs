//! The wire's frames, in memory allocated before the wire starts.

/// The number of a frame's slot.
pub(super) type Slot = u32;

/// A frame in the pool.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    /// Its offset in the pool's memory.
    pub(super) start: usize,
    pub(super) length: usize,
    /// The port that it came from.
    pub(super) port: usize,
    /// Whether it is neighbour discovery, which is not counted.
    pub(super) neighbour: bool,
    /// How many queue entries refer to it.
    uses: u32,
}

/// Room for a number of frames. Memory is touched when its slot is first used: a wire that is
/// cloned from the test and carries little traffic costs few page faults.
pub(super) struct Pool {
    memory: Vec<u8>,
    room: usize,
    slots: usize,
    /// The frames of all slots used so far.
    frames: Vec<Frame>,
    /// The slots that were given back.
    free: Vec<Slot>,
}

/// Room before a frame, for the VLAN tag that the kernel has removed from it.
const HEADROOM: usize = 4;

/// The limit of address space: unused memory costs nothing.
const MOST_MEMORY: usize = 64 << 20;
const SLOTS: std::ops::RangeInclusive<usize> = 1024..=32_768;

impl Pool {
    /// Makes a pool for frames of at most this length. Allocates.
    pub(super) fn new(longest: usize) -> Self {
        let room = (longest + HEADROOM).next_multiple_of(64);
        let count = (MOST_MEMORY / room).clamp(*SLOTS.start(), *SLOTS.end());
        Self {
            // Zeroes, so that the allocator asks the kernel for untouched memory.
            memory: vec![0; room * count],
            room,
            slots: count,
            frames: Vec::with_capacity(count),
            free: Vec::with_capacity(count),
        }
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// Returns the maximum length of a frame, including its tag.
    pub(super) fn longest(&self) -> usize {
        self.room - HEADROOM
    }

    /// Returns the places for the next frames, as far as there are any. Call [`take`](Self::take)
    /// for them in this order, before any slot is given back.
    pub(super) fn offer<'p>(&self, places: &'p mut [usize]) -> &'p [usize] {
        let used = self.free.iter().rev().map(|slot| *slot as usize);
        let next = used.chain(self.frames.len()..self.slots);
        let mut count = 0;
        for (place, slot) in places.iter_mut().zip(next) {
            *place = slot * self.room + HEADROOM;
            count += 1;
        }
        &places[..count]
    }

    pub(super) fn memory(&self) -> &[u8] {
        &self.memory
    }

    pub(super) fn memory_mut(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    /// Takes the next of the offered places, which now contains a frame.
    pub(super) fn take(&mut self, length: usize, port: usize) -> Option<Slot> {
        let slot = match self.free.pop() {
            Some(slot) => slot as usize,
            None => self.add_slot()?,
        };
        self.frames[slot] = Frame {
            start: slot * self.room + HEADROOM,
            length,
            port,
            neighbour: false,
            uses: 1,
        };
        Slot::try_from(slot).ok()
    }

    /// Uses a slot for the first time. Does not allocate: the room is reserved.
    fn add_slot(&mut self) -> Option<usize> {
        let slot = self.frames.len();
        (slot < self.slots).then(|| self.frames.push(Frame::default()))?;
        Some(slot)
    }

    /// Restores the tag that the kernel has removed.
    pub(super) fn insert_tag(&mut self, slot: Slot, (protocol, tag): (u16, u16)) {
        let frame = &mut self.frames[slot as usize];
        frame.start -= HEADROOM;
        frame.length += HEADROOM;
        let bytes = &mut self.memory[frame.start..frame.start + frame.length];
        if bytes.len() >= 16 {
            bytes.copy_within(4..16, 0);
            bytes[12..14].copy_from_slice(&protocol.to_be_bytes());
            bytes[14..16].copy_from_slice(&tag.to_be_bytes());
        }
    }

    pub(super) fn frame(&self, slot: Slot) -> Frame {
        self.frames[slot as usize]
    }

    pub(super) fn bytes(&self, slot: Slot) -> &[u8] {
        let Frame { start, length, .. } = self.frame(slot);
        &self.memory[start..start + length]
    }

    pub(super) fn bytes_mut(&mut self, slot: Slot) -> &mut [u8] {
        let Frame { start, length, .. } = self.frame(slot);
        &mut self.memory[start..start + length]
    }

    pub(super) fn mark_neighbour(&mut self, slot: Slot) {
        self.frames[slot as usize].neighbour = true;
    }

    /// Adds a reference to the frame.
    pub(super) fn keep(&mut self, slot: Slot) {
        self.frames[slot as usize].uses += 1;
    }

    /// Removes a reference to the frame. Returns whether it was the last one.
    pub(super) fn give_back(&mut self, slot: Slot) -> bool {
        let frame = &mut self.frames[slot as usize];
        frame.uses -= 1;
        let gone = frame.uses == 0;
        if gone {
            self.free.push(slot);
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Pool;

    #[test]
    fn each_slot_is_used_once_until_it_is_given_back() {
        let mut pool = Pool::new(64 << 10);
        let mut taken = BTreeSet::new();
        while let [place, ..] = *pool.offer(&mut [0; 3]) {
            let slot = pool.take(9, 1).expect("a place is offered");
            assert_eq!(pool.frame(slot).start, place);
            assert!(taken.insert(slot), "{slot} is in use");
        }
        assert_eq!(taken.len(), pool.slots());
        assert_eq!(pool.take(9, 1), None);

        for slot in [7, 3, 5] {
            assert!(pool.give_back(slot));
        }
        assert_eq!(pool.offer(&mut [0; 9]).len(), 3);
        assert_eq!([(); 3].map(|()| pool.take(9, 1)), [5, 3, 7].map(Some));
    }
}
