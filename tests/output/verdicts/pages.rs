//! A late report: the next test must not pass through it.

use libtest_mimic::{Completion, Failed, Trial};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::host;

use crate::{BOTH, Build, reports};

pub(crate) fn checks() -> Vec<Trial> {
    let both = BOTH.iter().flat_map(|build| {
        let build = *build;
        [
            Trial::ignorable_test(format!("late_report::become::{}", build.name), move || {
                become_(build)
            }),
            build.trial("late_report::killed", |build| late(build, "killed")),
        ]
    });
    both.collect()
}

fn become_(build: Build) -> Result<Completion, Failed> {
    if let Some(why) = host::lacks_ids() {
        return Ok(Completion::ignored_with(why));
    }
    late(build, "become").map(|()| Completion::Completed)
}

/// Checks two tests: the first kills its init and returns later, while the second, which must fail,
/// runs.
fn late(build: Build, which: &str) -> Check {
    let [first, second] =
        ["1_outlives_init", "2_exits"].map(|rest| format!("pages::{which}_{rest}"));
    let run = Transcript::of(
        &mut build.command(&[&format!("cases::pages::{which}"), "--test-threads=1"])?,
    );
    reports(&run, &first, "FAILED", "the sandbox's PID 1 ")?;
    reports(
        &run,
        &second,
        "FAILED",
        "exited with status 0 before the test returned",
    )
}
