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

/// Room for a number of frames.
pub(super) struct Pool {
    memory: Vec<u8>,
    room: usize,
    frames: Vec<Frame>,
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
        let slots = Slot::try_from(count).unwrap_or(0);
        Self {
            // Zeroes, so that the allocator asks the kernel for untouched memory.
            memory: vec![0; room * count],
            room,
            frames: vec![Frame::default(); count],
            // The lowest slots are used first, so that the same few pages are reused.
            free: (0..slots).rev().collect(),
        }
    }

    pub(super) fn slots(&self) -> usize {
        self.frames.len()
    }

    /// Returns the maximum length of a frame, including its tag.
    pub(super) fn longest(&self) -> usize {
        self.room - HEADROOM
    }

    /// Returns the places for the next frames, as far as there are any. Call [`take`](Self::take)
    /// for them in this order, before any slot is given back.
    pub(super) fn offer<'p>(&self, places: &'p mut [usize]) -> &'p [usize] {
        let count = places.len().min(self.free.len());
        for (place, slot) in places.iter_mut().zip(self.free.iter().rev()) {
            *place = *slot as usize * self.room + HEADROOM;
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
        let slot = self.free.pop()?;
        self.frames[slot as usize] = Frame {
            start: slot as usize * self.room + HEADROOM,
            length,
            port,
            neighbour: false,
            uses: 1,
        };
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
