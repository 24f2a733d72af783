//! The offset of a clock, whose two fields have a shared meaning.

use std::time::Duration;

/// A clock's offset in a time namespace from the host's clock, in the kernel's form. `seconds` may
/// be negative; `nanoseconds` (below 10^9) always count forwards.
///
/// The kernel accepts offsets up to about 146 years. It refuses an offset that would set the clock
/// below zero (ERANGE).
///
/// ```
/// use std::time::Duration;
///
/// use ns_test::Offset;
///
/// let day = Offset::forwards(Duration::from_secs(86_400));
/// assert_eq!((day.seconds, day.nanoseconds), (86_400, 0));
/// let back = Offset::backwards(Duration::from_millis(1500));
/// assert_eq!((back.seconds, back.nanoseconds), (-2, 500_000_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Whole seconds, rounded towards the past.
    pub seconds: i64,
    /// Nanoseconds to add to them: from 0 to 999 999 999.
    pub nanoseconds: u32,
}

impl Offset {
    /// Returns an offset forwards by this time, to the nanosecond.
    #[must_use]
    pub const fn forwards(by: Duration) -> Self {
        Self {
            seconds: whole_seconds(by),
            nanoseconds: by.subsec_nanos(),
        }
    }

    /// Returns an offset backwards by this time, to the nanosecond.
    #[must_use]
    pub const fn backwards(by: Duration) -> Self {
        let seconds = -whole_seconds(by);
        match by.subsec_nanos() {
            0 => Self {
                seconds,
                nanoseconds: 0,
            },
            nanoseconds => Self {
                seconds: seconds - 1,
                nanoseconds: 1_000_000_000 - nanoseconds,
            },
        }
    }

    /// No offset.
    pub const ZERO: Self = Self {
        seconds: 0,
        nanoseconds: 0,
    };
}

/// Converts to whole seconds. A time beyond the kernel's maximum stays beyond it.
const fn whole_seconds(time: Duration) -> i64 {
    if time.as_secs() > i64::MAX.unsigned_abs() {
        i64::MAX
    } else {
        i64::from_ne_bytes(time.as_secs().to_ne_bytes())
    }
}
