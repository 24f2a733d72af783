//! What this machine can do for tests, and what cures it where it can't.

use std::process::ExitCode;

fn main() -> ExitCode {
    ns_test::doctor()
}
