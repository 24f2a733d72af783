//! Messages for a preparation that failed, formatted as for a test.

use crate::outcome::finished::Finished;
use crate::outcome::verdict::Ending;
use crate::request::test::Test;

use super::test::{failure_of, leftovers, output};

/// Formats the output of a preparation, and how it ended.
pub(crate) fn preparation(ending: &Ending, finished: &Finished, stand_in: &Test) -> String {
    failure_of("preparation", ending, finished, stand_in)
}

/// Formats the output of a preparation that left processes, and their names.
pub(crate) fn left_by_preparation(finished: &Finished) -> String {
    let mut text = output(finished);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text + &leftovers("preparation", &finished.outcome.leftovers)
}
