//! A run on a platform without support: each test is ignored, with the reason.

use std::process::ExitCode;

use libtest_mimic::{Completion, Trial};

use crate::report;
use crate::request::test::Test;
use crate::request::unsupported;

use super::args::Invocation;
use super::filter;
use super::shuffle::shuffle;

/// Lists the annotated tests and the given ones as ignored.
pub(super) fn run(trials: &[Test], invocation: Invocation) -> ExitCode {
    let mut tests = unsupported::tests();
    tests.extend(
        trials
            .iter()
            .map(|trial| (trial.name.clone().into_owned(), unsupported::REASON)),
    );
    tests.sort();
    let total = tests.len();
    tests.retain(|(name, _)| filter::selects(&invocation, name));
    let filtered_out = total - tests.len();
    if let Some(seed) = invocation.shuffle {
        shuffle(&mut tests, seed);
    }
    let arguments = invocation.arguments;
    // libtest-mimic has no reason for a test that it ignores itself.
    let asked = arguments.list || arguments.ignored || arguments.include_ignored;
    let trial = |(name, reason)| match asked {
        true => Trial::test(name, || Err(report::NO_NAMESPACES.into())).with_ignored_flag(true),
        false => Trial::ignorable_test(name, move || Ok(Completion::ignored_with(reason))),
    };
    let trials = tests.into_iter().map(trial).collect();
    filter::run(arguments, trials, filtered_out).exit_code()
}

/// Fails a test that cannot run here. The `#[test]` of an annotated function calls it if it is not
/// ignored, because it must not pass.
///
/// # Panics
/// Always.
pub fn did_not_run() {
    panic!("{}", report::NO_NAMESPACES);
}
