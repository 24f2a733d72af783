//! How often, and for how long, to retry a test that the kernel refuses temporarily.
//!
//! The kernel decrements the count of a namespace some time after its last process is gone. So a
//! limit may be reached only briefly. As long as other tests end, it is too early to give up.

use std::time::{Duration, Instant};

/// How long to retry after the last sign of progress.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// The first pause. Each attempt costs the kernel most of a process, so many retrying workers would
/// delay the cleanup for which they wait.
const FIRST_PAUSE: Duration = Duration::from_micros(500);
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

/// The attempts at one test.
#[derive(Debug)]
pub(super) struct Retry {
    pause: Duration,
    /// The number of ended tests at the last progress, and its time.
    last_progress: (u64, Instant),
}

impl Retry {
    /// Begins with no attempts.
    pub(super) fn new(finished: u64, now: Instant) -> Self {
        Self {
            pause: FIRST_PAUSE,
            last_progress: (finished, now),
        }
    }

    /// Returns how long to wait before the next try. `None`: it is time to give up.
    ///
    /// Progress is a test that has ended since, or an init that was `reaped`.
    pub(super) fn pause(&mut self, finished: u64, reaped: bool, now: Instant) -> Option<Duration> {
        if reaped || finished != self.last_progress.0 {
            self.last_progress = (finished, now);
        }
        if now.duration_since(self.last_progress.1) > GIVE_UP_AFTER {
            return None;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest() {
        let now = Instant::now();
        let mut retry = Retry::new(0, now);
        let pauses: Vec<_> = (0..9).map_while(|_| retry.pause(0, false, now)).collect();
        let micros: Vec<_> = pauses.iter().map(Duration::as_micros).collect();
        assert_eq!(
            micros,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000
            ]
        );
    }

    #[test]
    fn without_progress_it_gives_up_after_five_seconds() {
        let now = Instant::now();
        let mut retry = Retry::new(7, now);
        assert!(retry.pause(7, false, now + 5 * SECOND).is_some());
        assert_eq!(retry.pause(7, false, now + 6 * SECOND), None);
    }

    #[test]
    fn an_ended_test_or_a_reaped_init_is_progress() {
        let now = Instant::now();
        let mut retry = Retry::new(7, now);
        assert!(retry.pause(8, false, now + 6 * SECOND).is_some());
        assert!(retry.pause(8, true, now + 12 * SECOND).is_some());
        assert!(retry.pause(8, false, now + 17 * SECOND).is_some());
        assert_eq!(retry.pause(8, false, now + 18 * SECOND), None);
    }
}
