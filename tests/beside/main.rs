//! The attribute beside those of other crates, async ones too: a crate with the real tokio, rstest and test-log, which cargo
//! has to have or to get.

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::fixture::{Check, Transcript};
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
            let outer = Outer::write("beside/attributes", env!("CARGO_TARGET_TMPDIR"))?;
            match fetch(&outer)? {
                Some(why) => Ok(Completion::ignored_with(why)),
                None => check(&outer).map(|()| Completion::Completed),
            }
        })
    });
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

/// Has cargo get the crates that are not there yet. `Some`: it can't, for this reason.
fn fetch(outer: &Outer) -> Result<Option<String>, Failed> {
    if Transcript::of(&mut outer.cargo(["fetch", "--locked"])).code == Some(0) {
        return Ok(None);
    }
    let mut online = outer.cargo(["fetch", "--locked"]);
    let fetched = Transcript::of(online.env_remove("CARGO_NET_OFFLINE"));
    match fetched.code {
        Some(0) => Ok(None),
        _ if env::var_os("CI").is_some() => Err(fetched.text.into()),
        _ => {
            let first = fetched.text.lines().find(|line| line.starts_with("error"));
            Ok(Some(format!(
                "tokio, rstest and test-log can't be had: {}",
                first.unwrap_or("cargo fetch failed")
            )))
        }
    }
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
