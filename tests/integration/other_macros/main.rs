//! The attribute next to those of other crates, async ones included. The crates use the real tokio,
//! rstest and others, which cargo has or downloads.

mod table;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::fixture::Check;
use ns_test_suite::outer::Outer;

/// A check, and the crate that it tests.
type Entry = (&'static str, &'static str, CheckFunction);
type CheckFunction = fn(&str) -> Check;

const CHECKS: [Entry; 6] = [
    ("all_pass", "attributes", all_pass),
    ("same_names", "attributes", same_names),
    ("failures_and_timeouts", "attributes", failures),
    ("newest_releases", "newest", table::newest),
    ("older_releases", "older", table::older),
    (
        "older_releases_under_libtest",
        "older",
        table::older_under_libtest,
    ),
];

fn main() -> ExitCode {
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let trials = CHECKS.map(|(name, source, check)| {
        let source = format!("integration/other_macros/{source}");
        Trial::ignorable_test(name, move || match outer(&source)?.fetch()? {
            Some(why) => Ok(Completion::ignored_with(why)),
            None => check(&source).map(|()| Completion::Completed),
        })
    });
    ns_test_suite::fixture::run_checks(&arguments, trials.into())
}

fn outer(source: &str) -> Result<Outer, Failed> {
    Outer::write(source, env!("CARGO_TARGET_TMPDIR"))
}

const TARGETS: [&str; 2] = ["with_libtest", "without_libtest"];

fn all_pass(source: &str) -> Check {
    let outer = outer(source)?;
    for target in TARGETS {
        let run = outer.test(target);
        let words = "test result: ok. 36 passed; 0 failed; 4 ignored";
        run.verify(run.text.contains(words), words)?;
    }
    Ok(())
}

fn same_names(source: &str) -> Check {
    let outer = outer(source)?;
    let [with, without] = TARGETS.map(|target| {
        let listed = outer.test_with(target, &["--list", "--format=terse"]).text;
        let names = listed.lines().filter(|line| line.ends_with(": test"));
        names.map(ToOwned::to_owned).collect::<Vec<_>>()
    });
    match with == without && with.len() == 40 {
        true => Ok(()),
        false => Err(format!("{with:#?}\n{without:#?}").into()),
    }
}

/// Checks that capture and reports also work for a test that a runtime drives.
fn failures(source: &str) -> Check {
    let outer = outer(source)?;
    for target in TARGETS {
        let run = outer.test_with(target, &["--ignored"]);
        run.verify(run.text.contains("0 passed; 4 failed"), "four failures")?;
        for (words, count) in [
            ("before the await\n", 1),
            ("after the await\n", 1),
            ("before the sleep\nthe test timed out after 300ms", 2),
        ] {
            run.verify(run.text.matches(words).count() == count, words)?;
        }
        run.verify(!run.text.contains("NS_TEST"), "no word of ours")?;
    }
    Ok(())
}
