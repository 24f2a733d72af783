//! The test's networks, which its end needs: to find dead wires, to report a failure, and to end
//! captures.

use std::sync::{Arc, Mutex, Once, PoisonError};

use super::record::{Record, dead_wire};
use super::report;
use super::wire::Message;
use crate::body::{self, AtEnd};

/// The number of a test's dropped networks to keep.
const MOST: usize = 8;

/// Keeps a network's record until the test ends, and waits until its wire runs.
#[track_caller]
pub(super) fn remember(record: &Arc<Record>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        body::at_end(AtEnd {
            check: panic_if_a_wire_died,
            finish: report_and_settle,
        });
    });
    // From now on the wire can print the report if the test's process is killed.
    let told = record.tell(&[Message::Text(&report::text(record))]);
    record.expect_alive(told);
    let mut records = RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if records.len() >= MOST {
        let oldest = records.remove(0);
        if let Some(capture) = oldest
            .capture
            .as_ref()
            .filter(|_| !oldest.is_of_the_failure())
        {
            capture.settle(true);
        }
    }
    records.push(Arc::clone(record));
}

fn panic_if_a_wire_died() {
    for record in all() {
        if let Some(ended) = record.died() {
            panic!("{}", dead_wire(ended));
        }
    }
}

fn report_and_settle(passed: bool) {
    let records = all();
    if !passed {
        report_failure(&records);
    }
    for record in &records {
        // Also ends networks that the test has left in a static.
        record.end();
        let kept = record
            .capture
            .as_ref()
            .filter(|capture| capture.settle(passed));
        if let Some(capture) = kept.filter(|_| passed) {
            report::print_capture(capture);
        }
    }
}

/// Prints the networks of the failure, or else the last one.
fn report_failure(records: &[Arc<Record>]) {
    let any = records.iter().any(|record| record.is_of_the_failure());
    for (at, record) in records.iter().enumerate() {
        if record.is_of_the_failure() || !any && at + 1 == records.len() {
            report::print(record);
        }
    }
}

fn all() -> Vec<Arc<Record>> {
    RECORDS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

static RECORDS: Mutex<Vec<Arc<Record>>> = Mutex::new(Vec::new());
