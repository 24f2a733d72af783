//! Leaks from a test to the host, observed on the host while the test runs and after it, and leaks
//! from the host to a test.
//!
//! A check that finds nothing proves nothing. So, where possible, it first runs the same test
//! without the namespace, and must find the leak.

mod collisions;
mod fixtures;
mod inwards;
mod names;
mod neighbours;
mod outwards;
mod propagation;
mod stage;

use std::process::ExitCode;

use libtest_mimic::Trial;
use ns_test_suite::fixture;
use ns_test_suite::host;

fn main() -> ExitCode {
    // One at a time: they examine the whole host.
    fixture::main_one_by_one(fixtures::main, checks)
}

fn checks() -> Vec<Trial> {
    let mut checks = outwards::checks();
    checks.extend(inwards::checks());
    checks.extend(neighbours::checks());
    checks.extend(collisions::checks());
    checks.extend(propagation::checks(host::is_real_root()));
    checks
}
