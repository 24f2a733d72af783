//! The state that the workers of one run share.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::oom_kills::OomKills;
use super::reaper::Reaper;

/// Counters and lists of a run.
#[derive(Debug)]
pub(super) struct RunState {
    requests: AtomicU32,
    finished: AtomicU64,
    pub(super) reaper: Reaper,
    pub(super) oom_kills: OomKills,
}

impl RunState {
    /// Begins a run, before its first test.
    pub(super) fn begin() -> Self {
        Self {
            requests: AtomicU32::new(0),
            finished: AtomicU64::new(0),
            reaper: Reaper::default(),
            oom_kills: OomKills::begin(),
        }
    }

    /// Returns a number that no other request has.
    pub(super) fn next_request(&self) -> u32 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a test that has ended. Its namespaces are free again, for which other tests may have
    /// waited.
    pub(super) fn count_finished(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn finished(&self) -> u64 {
        self.finished.load(Ordering::Relaxed)
    }
}
