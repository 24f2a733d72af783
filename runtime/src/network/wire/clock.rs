//! The wire's clock.

use std::time::SystemTime;

/// Returns the time in the clock of the kernel's receive timestamps.
pub(super) fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_1970.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
