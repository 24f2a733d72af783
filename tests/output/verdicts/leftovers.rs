//! The harness finds and ends a test's leftovers, even if the test has no /proc, or another.

use libtest_mimic::Trial;
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::{host, raw};

use crate::{BOTH, Build, mark, reports};

pub(crate) fn checks() -> Vec<Trial> {
    let both = BOTH.iter().flat_map(|build| {
        let ended = [
            "few",
            "in_a_root_without_proc",
            "with_a_tmpfs_over_proc",
            "a_tracer",
            "a_tracer_with_pid",
            "a_tracer_with_a_tmpfs_over_proc",
            "a_tracer_without_proc",
        ]
        .map(|test| build.trial(&format!("leftovers_end::{test}"), |build| end(build, test)));
        let seen = [
            "in_a_root_without_proc",
            "with_a_tmpfs_over_proc",
            "without_an_own_proc",
            "in_a_root_with_pid",
        ]
        .map(|test| {
            build.trial(&format!("leftovers_fail::{test}"), |build| {
                fail(build, test, LEFT)
            })
        });
        let traced = ["as_a_tracer", "as_a_tracer_with_pid"].map(|test| {
            build.trial(&format!("leftovers_fail::{test}"), |build| {
                let words = format!("{LEFT}\n2 processes outlived the test: ");
                fail(build, test, &words)
            })
        });
        ended
            .into_iter()
            .chain(seen)
            .chain(traced)
            .chain([build.trial("leftovers_fail::none", none)])
    });
    both.collect()
}

fn end(build: Build, test: &str) -> Check {
    let mark = mark(test);
    let mut command = build.command(&[&format!("cases::leftovers::{test}"), "--exact"])?;
    command.env("JUDGED_MARK", &mark);
    // Init ends these processes as soon as the test has returned, however long they would run.
    let run = Transcript::of(command.env("NS_TEST_TIMEOUT", "60s"));
    let left = host::processes_with(&mark);
    for pid in &left {
        let _ = raw::kill(i32::try_from(*pid)?, libc::SIGKILL);
    }
    run.passed(1)?;
    run.verify(left.is_empty(), &format!("no process: {left:?}"))
}

const LEFT: &str = "the test returned, but left processes running";

fn fail(build: Build, test: &str, words: &str) -> Check {
    let test = format!("leftovers::must_not_{test}");
    let mut command = build.command(&[&format!("cases::{test}"), "--exact"])?;
    let run = Transcript::of(command.env("NS_TEST_TIMEOUT", "60s"));
    reports(&run, &test, "FAILED", words)
}

fn none(build: Build) -> Check {
    build.run("leftovers::must_not_and_does_not")?.passed(1)
}
