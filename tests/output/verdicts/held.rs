//! The debug options for failed tests must not change any verdict.
//!
//! Each run is repeated four times, or as often as `NS_TEST_SUITE_RUNS` says.

use std::env;

use libtest_mimic::{Failed, Trial};
use ns_test_suite::fixture::{Check, Transcript};

use crate::{BOTH, Build};

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
    let runs = runs()?;
    for threads in ["1", "2", "8"] {
        for run in 1..=runs {
            let mut command = build.command(&["cases::held", "--test-threads", threads])?;
            Transcript::of(command.env(variable, "1"))
                .passed(20)
                .map_err(|why| {
                    let why = why.message().unwrap_or_default();
                    format!("run {run} of {runs} with {threads} threads: {why}")
                })?;
        }
    }
    Ok(())
}

/// Returns the number of runs. A late report once changed a verdict in most runs, so a few are
/// enough.
fn runs() -> Result<u32, Failed> {
    match env::var("NS_TEST_SUITE_RUNS") {
        Ok(runs) => Ok(runs.parse()?),
        Err(_) => Ok(4),
    }
}
