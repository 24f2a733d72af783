//! The guards of cuts and holds.

use std::fmt;
use std::process;
use std::sync::Arc;
use std::thread;

use super::blocking::Block;
use super::record::Record;
use super::report;
use super::wire::Message;

/// A cut that lasts until it is dropped, or [`heal`](Self::heal)ed. Of several overlapping cuts,
/// each keeps its own links cut.
#[must_use = "a cut heals when its guard is dropped: bind it to a name"]
pub struct Cut {
    guard: Guard,
}

impl Cut {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Ends the cut, as dropping it does.
    pub fn heal(self) {}
}

/// A link whose packets wait until this is dropped, or [`release`](Self::release)d. Then they
/// continue in their order.
#[must_use = "a link is held until the guard is dropped: bind it to a name"]
pub struct Hold {
    guard: Guard,
}

impl Hold {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Releases the packets, as dropping it does.
    pub fn release(self) {}
}

impl fmt::Debug for Cut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Cut({})", self.guard.words)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Hold({})", self.guard.words)
    }
}

/// One active block.
pub(super) struct Guard {
    record: Arc<Record>,
    number: u64,
    words: String,
    /// The process that has made it. Its forked children must not end the block.
    owner: u32,
}

impl Guard {
    /// Activates a block. When this returns, no blocked packet passes any more.
    #[track_caller]
    pub(super) fn new(record: &Arc<Record>, block: Block, words: String) -> Self {
        let mut in_force = record.in_force.lock();
        let number = in_force.add(block, words.clone());
        let told = record.tell(&[Message::Block(&in_force.blocks(&record.topology))]);
        drop(in_force);
        // Created first, so that the block is removed if a later step panics.
        let guard = Self {
            record: Arc::clone(record),
            number,
            words,
            owner: process::id(),
        };
        record.expect_alive(told);
        let _ = record.tell(&[Message::Text(&report::text(record))]);
        guard
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.owner != process::id() {
            return;
        }
        let mut in_force = self.record.in_force.lock();
        in_force.remove(self.number, thread::panicking());
        // The test's end reports a dead wire; a destructor must not panic.
        let blocks = in_force.blocks(&self.record.topology);
        let _ = self.record.tell(&[Message::Block(&blocks)]);
        drop(in_force);
        let text = report::text(&self.record);
        let _ = self.record.tell(&[Message::Text(&text)]);
    }
}
