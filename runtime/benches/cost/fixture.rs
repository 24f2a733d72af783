//! Ours: the real harness with many trivial tests. A crate of its own takes this file in, too, as users build theirs.

use std::env;
use std::process::ExitCode;

use ns_test::{Harness, Sandbox};

/// Variables: how many tests, and what they ask for.
pub(crate) const TESTS: &str = "NS_TEST_BENCH_TESTS";
pub(crate) const SET: &str = "NS_TEST_BENCH_SET";

pub(crate) fn run() -> ExitCode {
    let tests = env::var(TESTS).ok().and_then(|tests| tests.parse().ok());
    // One for all, as the words of attributes are in the binary and cost the process nothing.
    let sandbox = sandbox(&env::var(SET).unwrap_or_default());
    (0..tests.unwrap_or(1))
        .fold(Harness::new(), |harness, number: u32| {
            harness.trial(format!("module::test_{number:05}"), sandbox.clone(), || {})
        })
        .run()
}

fn sandbox(set: &str) -> Sandbox {
    set.split(", ")
        .fold(Sandbox::new(), |sandbox, word| match word {
            "user" => sandbox.user(),
            "net" => sandbox.net(),
            "mount" => sandbox.mount(),
            "pid" => sandbox.pid(),
            "ipc" => sandbox.ipc(),
            "uts" => sandbox.uts(),
            "cgroup" => sandbox.cgroup(),
            "time" => sandbox.time(),
            "bare" => Sandbox::hermetic(),
            "all" => Sandbox::all(),
            _ => sandbox,
        })
}
