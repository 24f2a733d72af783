//! Kills by the kernel's out-of-memory killer: `oom_kill` of /proc/vmstat (since 4.13) counts them
//! for the whole machine.

use std::mem;
use std::sync::Mutex;

use crate::sys::lock::lock;
use crate::sys::procfs;

/// The number of kills during a run.
#[derive(Debug)]
pub(super) struct OomKills {
    /// /proc/vmstat as it was at the last call. Few runs need the number in it, and in a debug
    /// build it takes longer to find than the file takes to read.
    seen: Mutex<String>,
}

impl OomKills {
    /// Stores the count before the tests.
    pub(super) fn begin() -> Self {
        Self {
            seen: Mutex::new(counters()),
        }
    }

    /// Returns how many there were since the last call.
    pub(super) fn since_last_time(&self) -> u64 {
        let now = counters();
        let count_now = count(&now);
        let before = mem::replace(&mut *lock(&self.seen), now);
        count_now.saturating_sub(count(&before))
    }
}

fn counters() -> String {
    procfs::read("/proc/vmstat").unwrap_or_default()
}

fn count(counters: &str) -> u64 {
    procfs::field(counters, "oom_kill ")
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}
