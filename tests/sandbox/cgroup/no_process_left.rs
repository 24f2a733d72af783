//! The cgroup of the whole run has no process left for the body of a test.

use libtest_mimic::{Completion, Trial};
use ns_test_suite::fixture::Check;

use super::limited::{Controller, Limited};

const PROCESSES: Controller = Controller {
    name: "pids",
    file: "pids.max",
    file_of_first_version: "pids.max",
    missing: "neither cgroup2 nor cgroup1 has a pids controller here",
};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let users = [
        ("no_process_left_as_root", None),
        ("no_process_left_as_an_ordinary_user", Some(65_534)),
    ];
    users.into_iter().map(|(name, user)| {
        Trial::ignorable_test(name, move || {
            let Some(cgroup) = Limited::make(name, PROCESSES)? else {
                return Ok(Completion::ignored_with(PROCESSES.missing));
            };
            explained(&cgroup, user)?;
            Ok(Completion::Completed)
        })
    })
}

/// Finds the limit that is enough for the harness, the launcher and init, but not for the body.
fn explained(cgroup: &Limited, user: Option<u32>) -> Check {
    let mut reasons = Vec::new();
    for most in 1..=12 {
        cgroup.limit(&most.to_string())?;
        let run = cgroup.run("fixtures::returns", user)?;
        if run.passed(1).is_err() {
            let explained = run.text.contains("pids.max of the cgroup");
            run.verify(explained && run.code == Some(101), "the remedy")?;
            reasons.push(run.text);
        }
    }
    let of_the_body = "failed to fork the test process: fork: EAGAIN";
    match reasons.iter().any(|reason| reason.contains(of_the_body)) {
        true => Ok(()),
        false => Err(format!("no limit was too low for the body only: {reasons:?}").into()),
    }
}
