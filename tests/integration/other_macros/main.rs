//! The attribute beside those of other crates, async ones too: a crate with the real tokio, rstest and test-log, which cargo
//! has to have or to get.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};
use ns_test_suite::fixture::Check;
use ns_test_suite::outer::Outer;

type CheckFunction = fn(&Outer) -> Check;

fn main() -> ExitCode {
    let checks: [(&str, CheckFunction); 3] = [
        ("all_pass", all_pass),
        ("same_names", same_names),
        ("failures_and_timeouts", failures),
    ];
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let trials = checks.map(|(name, check)| {
        Trial::ignorable_test(name, move || {
            let outer = Outer::write(
                "integration/other_macros/attributes",
                env!("CARGO_TARGET_TMPDIR"),
            )?;
            match outer.fetch()? {
                Some(why) => Ok(Completion::ignored_with(why)),
                None => check(&outer).map(|()| Completion::Completed),
            }
        })
    });
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

const TARGETS: [&str; 2] = ["with_libtest", "without_libtest"];

fn all_pass(outer: &Outer) -> Check {
    for target in TARGETS {
        let run = outer.test(target);
        let words = "test result: ok. 26 passed; 0 failed; 4 ignored";
        run.verify(run.text.contains(words), words)?;
    }
    Ok(())
}

fn same_names(outer: &Outer) -> Check {
    let [with, without] = TARGETS.map(|target| {
        let listed = outer.test_with(target, &["--list", "--format=terse"]).text;
        let names = listed.lines().filter(|line| line.ends_with(": test"));
        names.map(ToOwned::to_owned).collect::<Vec<_>>()
    });
    match with == without && with.len() == 30 {
        true => Ok(()),
        false => Err(format!("{with:#?}\n{without:#?}").into()),
    }
}

/// What is captured, and what is said, holds for a test that a runtime drives.
fn failures(outer: &Outer) -> Check {
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
