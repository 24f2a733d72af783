//! The debug options for failed tests must not change any verdict.

use libtest_mimic::Trial;
use ns_test_suite::fixture::{Check, Transcript};

use crate::{BOTH, Build};

/// How often each run is repeated. The fault showed in most runs.
const RUNS: usize = 4;

pub(crate) fn checks() -> Vec<Trial> {
    let variables = ["NS_TEST_STATE", "NS_TEST_KEEP", "NS_TEST_SHELL"];
    let both = BOTH.iter().flat_map(|build| {
        variables.map(|variable| {
            build.trial(&format!("verdicts_stay::{variable}"), move |build| {
                stay(build, variable)
            })
        })
    });
    both.collect()
}

fn stay(build: Build, variable: &str) -> Check {
    for threads in ["1", "2", "8"] {
        for _ in 0..RUNS {
            let mut command = build.command(&["cases::held", "--test-threads", threads])?;
            Transcript::of(command.env(variable, "1")).passed(20)?;
        }
    }
    Ok(())
}
