//! The options of a `Trial`, each compared with those of an annotated function.

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::Failed;
use ns_test::{Harness, Sandbox, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::serial::{Stage, hold_until_all_wait};

fn main() -> ExitCode {
    fixture::main(run, || {
        let check = |name: &str, check: fn() -> Check| libtest_mimic::Trial::test(name, check);
        vec![
            check("a_timeout_ends_it", a_timeout_ends_it),
            check("an_ignored_one_says_why", an_ignored_one_says_why),
            check("an_ignored_one_can_be_run", an_ignored_one_can_be_run),
            check("a_panic_can_be_expected", a_panic_can_be_expected),
            check("one_of_a_key_at_a_time", one_of_a_key_at_a_time),
            check("a_key_has_a_length", a_key_has_a_length),
            check("leftovers_can_fail_it", leftovers_can_fail_it),
        ]
    })
}

/// Runs the trials of the checks.
fn run() -> ExitCode {
    let plain = || Sandbox::new().user();
    let wait = || std::thread::sleep(Duration::from_secs(600));
    let leave = || {
        let mut shell = std::process::Command::new("sh");
        let status = shell.args(["-c", "sleep 600 &"]).status();
        assert!(status.is_ok_and(|status| status.success()));
    };
    let mut harness = Harness::new()
        .with(Trial::new("timeout::waits", plain(), wait).timeout(Duration::from_millis(200)))
        .with(Trial::new("ignored::reason", plain(), || ()).ignore("takes a minute"))
        .with(Trial::new("ignored::bare", plain(), || ()).ignore(""))
        .with(Trial::new("panics::does", plain(), || panic!("boo")).should_panic())
        .with(Trial::new("panics::as_said", plain(), || panic!("a boo")).should_panic_with("boo"))
        .with(Trial::new("panics::otherwise", plain(), || panic!("x")).should_panic_with("boo"))
        .with(Trial::new("panics::not", plain(), || ()).should_panic())
        .with(Trial::new("left::fails", plain(), leave).fail_on_leftovers())
        .with(Trial::new("left::passes", plain(), leave));
    for name in ["serial::a", "serial::b", "serial::c", "serial::d"] {
        harness = harness.with(Trial::new(name, plain(), takes_its_turn).serial("trials"));
    }
    if let Some(key) = std::env::var_os("NS_TEST_SUITE_KEY") {
        let key = key.into_string().unwrap_or_default();
        harness = harness.with(Trial::new("key", plain(), || ()).serial(key));
    }
    harness.run()
}

/// Fails if another test has the directory.
fn takes_its_turn() -> Result<(), String> {
    let path = std::env::var("NS_TEST_SUITE_LOCK").map_err(|error| error.to_string())?;
    std::fs::create_dir(&path).map_err(|error| format!("another one runs: {error}"))?;
    let stage = std::env::var("NS_TEST_SUITE_STAGE").map_err(|error| error.to_string())?;
    hold_until_all_wait(stage.as_ref()).map_err(|error| error.to_string())?;
    std::fs::remove_dir(&path).map_err(|error| error.to_string())
}

fn transcript(arguments: &[&str]) -> Transcript {
    Transcript::of(&mut fixture::command(arguments))
}

fn a_timeout_ends_it() -> Check {
    let run = transcript(&["timeout::"]);
    run.verify(run.code == Some(101), "a failure")?;
    let words = "the test timed out after 200ms";
    run.verify(run.text.contains(words), words)
}

fn an_ignored_one_says_why() -> Check {
    let run = transcript(&["ignored::"]);
    let words = "0 passed; 0 failed; 2 ignored";
    run.verify(run.text.contains(words), words)?;
    run.verify(run.text.contains("takes a minute"), "the reason")
}

fn an_ignored_one_can_be_run() -> Check {
    let run = transcript(&["ignored::", "--ignored"]);
    let words = "2 passed; 0 failed; 0 ignored";
    run.verify(run.text.contains(words), words)
}

fn a_panic_can_be_expected() -> Check {
    let run = transcript(&["panics::"]);
    let words = "2 passed; 2 failed";
    run.verify(run.text.contains(words), words)?;
    for name in ["panics::otherwise", "panics::not"] {
        let section = format!("---- {name}");
        run.verify(run.text.contains(&section), &section)?;
    }
    Ok(())
}

fn one_of_a_key_at_a_time() -> Check {
    let stage = Stage::new("trials", 4)?;
    let mut command = fixture::command(["serial::", "--test-threads=4"]);
    command.env("NS_TEST_SUITE_LOCK", stage.path().join("in-use"));
    let run = Transcript::of(command.env("NS_TEST_SUITE_STAGE", stage.path()));
    let words = "4 passed; 0 failed";
    run.verify(run.text.contains(words), words)
}

fn a_key_has_a_length() -> Check {
    for key in [String::new(), "k".repeat(65)] {
        let mut command = fixture::command(["key"]);
        let run = Transcript::of(command.env("NS_TEST_SUITE_KEY", &key));
        run.verify(run.code == Some(101), "a failure")?;
        let words = "the serial key of `key` must have 1 to 64 bytes";
        run.verify(run.text.contains(words), words)?;
    }
    let mut command = fixture::command(["key"]);
    let run = Transcript::of(command.env("NS_TEST_SUITE_KEY", "k".repeat(64)));
    run.verify(run.code == Some(0), "64 bytes are taken")
}

fn leftovers_can_fail_it() -> Result<(), Failed> {
    let run = transcript(&["left::"]);
    let words = "1 passed; 1 failed";
    run.verify(run.text.contains(words), words)?;
    run.verify(run.text.contains("---- left::fails"), "which one")
}
