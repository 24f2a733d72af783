//! Kills by the kernel's out-of-memory killer: `oom_kill` of /proc/vmstat (since 4.13) counts them
//! for the whole machine.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sys::procfs;

/// The number of kills during a run.
#[derive(Debug)]
pub(super) struct OomKills {
    seen: AtomicU64,
}

impl OomKills {
    /// Stores the count before the tests.
    pub(super) fn begin() -> Self {
        Self {
            seen: AtomicU64::new(count()),
        }
    }

    /// Returns how many there were since the last call.
    pub(super) fn since_last_time(&self) -> u64 {
        let now = count();
        now.saturating_sub(self.seen.swap(now, Ordering::Relaxed))
    }
}

fn count() -> u64 {
    let counters = fs::read_to_string("/proc/vmstat").unwrap_or_default();
    procfs::field(&counters, "oom_kill ")
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}
