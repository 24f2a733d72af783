//! What does not pass, and for how long: the guards of cuts and holds.

use std::fmt;
use std::sync::Arc;
use std::thread;

use super::blocking::Block;
use super::record::Record;
use super::report;
use super::wire::Message;

/// A cut that is in force until this is dropped, or [`heal`](Self::heal)ed. Of several that
/// overlap, each keeps cut what it is about.
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

/// A link whose packets wait until this is dropped, or [`release`](Self::release)d. Then they go
/// on, in their order.
#[must_use = "a link is held until the guard is dropped: bind it to a name"]
pub struct Hold {
    guard: Guard,
}

impl Hold {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Lets the packets go on, as dropping it does.
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

/// One block that is in force.
pub(super) struct Guard {
    record: Arc<Record>,
    number: u64,
    words: String,
}

impl Guard {
    /// Puts a block in force. When this returns, nothing of what it is about passes any more.
    #[track_caller]
    pub(super) fn new(record: &Arc<Record>, block: Block, words: String) -> Self {
        let mut in_force = record.in_force.lock();
        let number = in_force.add(block, words.clone());
        let told = record.tell(&[Message::Block(&in_force.blocks(&record.topology))]);
        drop(in_force);
        // First, so that it is taken back if what follows panics.
        let guard = Self {
            record: Arc::clone(record),
            number,
            words,
        };
        record.expect_alive(told);
        let _ = record.tell(&[Message::Text(&report::text(record))]);
        guard
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut in_force = self.record.in_force.lock();
        in_force.remove(self.number, thread::panicking());
        // A wire that has died is reported at the test's end; a destructor must not panic.
        let blocks = in_force.blocks(&self.record.topology);
        let _ = self.record.tell(&[Message::Block(&blocks)]);
        drop(in_force);
        let text = report::text(&self.record);
        let _ = self.record.tell(&[Message::Text(&text)]);
    }
}
