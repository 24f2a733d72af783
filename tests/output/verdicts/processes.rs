//! Only the test's own process reports, not its children, whatever pid they have.

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;

use crate::{ABORTING, BOTH, Build, reports};

/// Tests whose child returns, panics or skips, and which then end their process with this status.
const CHILDREN: &[(&str, &str)] = &[
    ("twin_returns", "exited with status 0"),
    ("twin_panics", "exited with status 101"),
    ("twin_skips", "exited with status 101"),
    ("child_returns", "exited with status 0"),
    ("child_panics", "exited with status 101"),
    ("child_skips", "exited with status 101"),
    ("child_panics_before_an_abort", "SIGABRT"),
];

pub(crate) fn checks() -> Vec<Trial> {
    let builds = BOTH.iter().chain([&ABORTING]);
    let checks = builds.flat_map(|build| {
        let fail = CHILDREN.iter().map(|(test, status)| {
            build.trial(&format!("children_do_not_report::{test}"), |build| {
                fails(build, test, status)
            })
        });
        let long = build.trial("should_panic_reads_all_of_a_message", |build| {
            build.run("processes::message_is_long")?.passed(1)
        });
        fail.chain([long]).chain([build.trial(
            "children_do_not_report::child_fails_and_test_returns",
            passes,
        )])
    });
    checks.collect()
}

fn fails(build: Build, test: &str, status: &str) -> Check {
    let test = format!("processes::{test}");
    let run = build.run(&test)?;
    reports(&run, &test, "FAILED", status)?;
    run.verify(
        run.text.contains("before the test returned"),
        "the test as the one that ended",
    )
}

fn passes(build: Build) -> Check {
    build
        .run("processes::child_fails_and_test_returns")?
        .passed(1)
}
