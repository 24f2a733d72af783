//! A test that forbids itself a system call: its report needs none after the function returns.

use libtest_mimic::Trial;
use ns_test_suite::fixture::{Check, Transcript};

use crate::{ABORTING, BOTH, Build, reports};

const CALLS: [&str; 8] = [
    "getpid",
    "write",
    "munmap",
    "sigaltstack",
    "exit",
    "brk",
    "mmap",
    "futex",
];

/// How a test ends, and how it is listed. `None`: like one that called `skip!`.
const ENDINGS: [(&str, Option<&str>); 4] = [
    ("returns", Some("ok")),
    ("panics", Some("FAILED")),
    ("should_panic", Some("ok")),
    ("skips", None),
];

pub(crate) fn checks() -> Vec<Trial> {
    let builds = BOTH.iter().chain([&ABORTING]);
    let checks = builds.flat_map(|build| {
        ["refuse", "kill"].into_iter().flat_map(move |answer| {
            CALLS.map(move |call| {
                build.trial(&format!("filters::{answer}_{call}"), move |build| {
                    ends(build, answer, call)
                })
            })
        })
    });
    checks.collect()
}

fn ends(build: Build, answer: &str, call: &str) -> Check {
    for (ending, result) in ENDINGS {
        let result = match ends_otherwise(build, answer, call, ending) {
            true => "FAILED",
            false => result.unwrap_or(build.skipped),
        };
        let test = format!("filters::{ending}");
        let mut command = build.command(&[&format!("cases::{test}"), "--exact"])?;
        command
            .env("JUDGED_CALL", call)
            .env("JUDGED_ANSWER", answer);
        let run = Transcript::of(&mut command);
        reports(&run, &test, result, "")?;
    }
    Ok(())
}

/// Returns whether the test ends in another way than without the filter. A process needs some calls
/// to exit after the report, and std needs some before a panic unwinds (docs/endings.md lists
/// them). A test that forbids one does not pass.
fn ends_otherwise(build: Build, answer: &str, call: &str, ending: &str) -> bool {
    if ending != "should_panic" {
        return false;
    }
    match (answer, call) {
        // std prints the panic before it unwinds. Before it aborts, the report is complete.
        ("kill", "write") => !build.aborts,
        // abort(3) sends its signal to the pid.
        ("refuse", "getpid") => build.aborts,
        _ => false,
    }
}
