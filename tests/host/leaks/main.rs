//! What must not leak: from a test to the host, seen from the host while the test runs and when it is over, and from the host to a
//! test.
//!
//! A look that sees nothing proves nothing. So, where it can be had, the same is made without the namespace first, and the look
//! has to see that.

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
    // One at a time: they look at the whole host.
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
