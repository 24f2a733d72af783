//! Messages for prepared directories.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Shown;
use crate::outcome::prepared::{FailedPreparation, HowItFailed, UsedDirectory};

/// A tree that another program changes while it is made.
pub(crate) const PREPARED_AND_CHANGED: &str =
    "its files changed after the function returned, probably by a process outside the sandbox";

/// Formats the message of a test that did not run because preparing a directory failed.
pub(crate) fn not_prepared(failed: &FailedPreparation) -> String {
    let FailedPreparation {
        target,
        function,
        how,
    } = failed;
    let what = format!("`{function}`, which prepares {target}");
    match how {
        HowItFailed::Now(report) => format!("the test did not run: {what}, failed:\n{report}"),
        HowItFailed::Before { test } => {
            format!("the test did not run: {what}, failed; the report of `{test}` has its output")
        }
        HowItFailed::LeftProcesses(report) => format!(
            "the test did not run: {what}, returned, but left processes running: stop them before it returns\n{report}"
        ),
    }
}

/// Formats the prepared directories that a failed test used.
pub(super) fn used(directories: &[UsedDirectory]) -> String {
    directories.iter().fold(String::new(), |mut text, used| {
        let UsedDirectory {
            target,
            function,
            at,
        } = used;
        let _ = writeln!(
            text,
            "{target} was prepared by `{function}` at {}",
            utc(*at)
        );
        text
    })
}

/// Formats the result of `NS_TEST_PREPARE=clean`.
pub(crate) fn cleaned(removed: usize, used: &[PathBuf], failed: &[(PathBuf, String)]) -> String {
    let mut text = format!("prepared directories removed: {removed}");
    for path in used {
        let _ = write!(
            text,
            "\nnot removed, because a process uses it: {}",
            Shown::new(path)
        );
    }
    for (path, reason) in failed {
        let _ = write!(text, "\nnot removed: {}: {reason}", Shown::new(path));
    }
    text
}

/// The message under libtest, after `NS_TEST_PREPARE=clean`.
pub(crate) const CLEANED_ONLY: &str =
    "the test did not run: NS_TEST_PREPARE=clean removes prepared directories and runs no test";

/// Formats a time as in ISO 8601, without the T.
fn utc(at: SystemTime) -> String {
    let since = at
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs();
    let (days, seconds) = (since / 86_400, since % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Returns year, month and day for a number of days since 1970, in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_their_usual_form() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_704_067_199, "2023-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
