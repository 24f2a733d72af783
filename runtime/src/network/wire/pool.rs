//! The frames that the wire has in hand, in memory that was there before it was.

/// The number of a frame's place.
pub(super) type Slot = u32;

/// A frame in hand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    /// Where in the pool's memory it begins.
    pub(super) start: usize,
    pub(super) length: usize,
    /// The port that it came from.
    pub(super) port: usize,
    /// Whether it is neighbour discovery, which is not counted.
    pub(super) neighbour: bool,
    /// How many places in queues it has.
    uses: u32,
}

/// Room for so many frames.
pub(super) struct Pool {
    memory: Vec<u8>,
    room: usize,
    frames: Vec<Frame>,
    free: Vec<Slot>,
}

/// Room before a frame, for the VLAN tag that the kernel has taken out of it.
const HEADROOM: usize = 4;

/// Of address space: what is never used costs nothing.
const MOST_MEMORY: usize = 64 << 20;
const SLOTS: std::ops::RangeInclusive<usize> = 1024..=32_768;

impl Pool {
    /// For frames of at most this length. Allocates.
    pub(super) fn new(longest: usize) -> Self {
        let room = (longest + HEADROOM).next_multiple_of(64);
        let count = (MOST_MEMORY / room).clamp(*SLOTS.start(), *SLOTS.end());
        let slots = Slot::try_from(count).unwrap_or(0);
        Self {
            // Of zeroes, so that the allocator asks the kernel for untouched memory.
            memory: vec![0; room * count],
            room,
            frames: vec![Frame::default(); count],
            // The first ones are taken first: the same few pages are used again and again.
            free: (0..slots).rev().collect(),
        }
    }

    pub(super) fn slots(&self) -> usize {
        self.frames.len()
    }

    /// How long a frame can be, tag included.
    pub(super) fn longest(&self) -> usize {
        self.room - HEADROOM
    }

    /// The places that the next frames go to, as far as there are some: for [`take`](Self::take),
    /// in this order, before any is given back.
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

    /// The next of the places that were offered has a frame.
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

    /// Puts the tag back that the kernel has taken out.
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

    /// One more place has the frame.
    pub(super) fn keep(&mut self, slot: Slot) {
        self.frames[slot as usize].uses += 1;
    }

    /// One place less has it. Whether it is gone.
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
