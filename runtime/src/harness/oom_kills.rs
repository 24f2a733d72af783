//! Whether the kernel has killed for want of memory: `oom_kill` of /proc/vmstat (since 4.13) counts it, for the whole machine.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sys::procfs;

/// Remembers how many there were before the tests.
pub(crate) fn begin() {
    SEEN.store(count(), Ordering::Relaxed);
}

/// How many there were since the last time somebody asked.
pub(crate) fn kills_since() -> u64 {
    let now = count();
    now.saturating_sub(SEEN.swap(now, Ordering::Relaxed))
}

static SEEN: AtomicU64 = AtomicU64::new(0);

fn count() -> u64 {
    let counters = fs::read_to_string("/proc/vmstat").unwrap_or_default();
    procfs::field(&counters, "oom_kill ")
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}
