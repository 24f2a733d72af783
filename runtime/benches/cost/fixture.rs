//! The ns-test contender: the real harness with many trivial tests. A separate crate also includes
//! this file, to build it as users do.

use std::env;
use std::process::ExitCode;

use ns_test::{Harness, Sandbox};

/// Variables: the number of tests, and their options.
pub(crate) const TESTS: &str = "NS_TEST_BENCH_TESTS";
pub(crate) const SET: &str = "NS_TEST_BENCH_SET";

pub(crate) fn run() -> ExitCode {
    let tests = env::var(TESTS).ok().and_then(|tests| tests.parse().ok());
    // One table for all tests: attributes' options are also static data, which costs the process
    // nothing.
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
