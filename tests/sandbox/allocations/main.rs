//! Nothing is allocated or freed between clone and body: this binary's allocator ends a process
//! that does so.
//!
//! Such a process may be the copy of a threaded one. If another thread held a lock, such as the
//! heap's, the copy holds it forever. So a `format!` in a step would hang one run in thousands.

mod allocator;
mod options;
mod wire;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use ns_test::{Offset, Sandbox};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::grammar;
use ns_test_suite::host::{self, Feature};

const SUITE: &str = env!("CARGO_MANIFEST_DIR");

fn main() -> ExitCode {
    allocator::watch();
    fixture::main(ns_test::run, || {
        vec![
            Trial::test("an_allocation_is_seen", an_allocation_is_seen),
            Trial::test("every_option_is_here", every_option_is_here),
            Trial::test("tests", tests),
            Trial::ignorable_test("several_ids", several_ids),
            Trial::test("commands", commands),
            Trial::test("probes", probes),
        ]
    })
}

/// Shows that the check can fail.
fn an_allocation_is_seen() -> Check {
    match allocator::exit_code_of_an_allocation()? {
        allocator::EXIT_CODE => Ok(()),
        other => Err(format!("exit code {other}").into()),
    }
}

/// Checks that options.rs uses every key of the grammar's table.
fn every_option_is_here() -> Check {
    let options = fs::read_to_string(Path::new(SUITE).join("sandbox/allocations/options.rs"))?;
    let used: Vec<&str> = options
        .split("#[ns_test(")
        .skip(1)
        .filter_map(|rest| rest.split(")]").next())
        .flat_map(|brackets| {
            brackets.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        })
        .collect();
    let mut missing = grammar::keys()?;
    missing.retain(|key| !used.contains(&&**key));
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no test has {missing:?}").into())
    }
}

/// Runs every option that needs no foreign ids: captured and not, by several launchers and by one.
fn tests() -> Check {
    for option in ["--format=pretty", "--nocapture", "--test-threads=1"] {
        let arguments = [option, "--skip=several_ids"];
        let store = Path::new(env!("CARGO_TARGET_TMPDIR")).join("allocations-prepared");
        let mut command = fixture::command(arguments);
        command.env("NS_TEST_PREPARE_DIR", store);
        // The two with `user(host)`, if the caller is not real root.
        let mut most_ignored = 2;
        if without_overlays().is_some() {
            command.env("NS_TEST_REFUSED", "skip");
            most_ignored += 3;
        }
        if !has_time() {
            command.env("NS_TEST_REFUSED", "skip");
            most_ignored += 3;
        }
        let run = Transcript::of(&mut command);
        let all = count(&run, " passed;") + count(&run, " ignored;") + count(&run, " filtered out");
        run.verify(
            run.code == Some(0) && all == options::COUNT + wire::COUNT,
            "that no test fails",
        )?;
        run.verify(
            count(&run, " ignored;") <= most_ignored,
            &format!("{most_ignored} ignored tests at most"),
        )?;
    }
    Ok(())
}

fn without_overlays() -> Option<String> {
    Feature::OVERLAYS.lacking()
}

fn has_time() -> bool {
    Feature::TIME.lacking().is_none()
}

/// Returns a sandbox with each namespace that the kernel has.
fn every_namespace() -> Sandbox {
    if has_time() {
        let tomorrow = Offset::forwards(Duration::from_secs(86_400));
        Sandbox::all().uptime(tomorrow)
    } else {
        Sandbox::hermetic()
    }
}

/// Runs tests whose id maps the parent writes while init waits.
fn several_ids() -> Result<Completion, Failed> {
    if let Some(why) = host::lacks_ids() {
        return Ok(Completion::ignored_with(why));
    }
    Transcript::of(&mut fixture::command(["several_ids"])).passed(3)?;
    Ok(Completion::Completed)
}

/// Returns the number before this word of the summary.
fn count(run: &Transcript, word: &str) -> usize {
    let before = run.text.split(word).next().unwrap_or_default();
    let number = before.trim_end().rsplit(' ').next().unwrap_or_default();
    number.parse().unwrap_or_default()
}

/// Runs programs from this process, which has threads.
fn commands() -> Check {
    let sandboxes = [
        Sandbox::new(),
        every_namespace(),
        Sandbox::hermetic(),
        Sandbox::new().net().pid(),
        every_namespace().hostname("db1"),
        Sandbox::new().user_as(1000, 1001),
        Sandbox::new().user_without_capabilities(),
        Sandbox::new().mount().ro("/usr"),
    ];
    let overlay = without_overlays()
        .is_none()
        .then(|| Sandbox::new().mount().overlay("/etc"));
    for sandbox in sandboxes.into_iter().chain(overlay) {
        let status = sandbox.command("true").status()?;
        if !status.success() {
            return Err(format!("{sandbox:?}: {status}").into());
        }
        // A missing program is reported, which allocates nothing in the child.
        if sandbox.command("no-such-program").status().is_ok() {
            return Err("a program that is not there was executed".into());
        }
    }
    Ok(())
}

/// Runs the children that probe what the machine allows.
fn probes() -> Check {
    every_namespace()
        .probe()
        .map_err(|refusal| Failed::from(format!("{refusal}")))?;
    let doctor = Transcript::of(fixture::command([""; 0]).env("NS_TEST_DOCTOR", "1"));
    let is_quiet = !doctor.text.contains("the heap was used");
    doctor.verify(
        is_quiet && doctor.code == Some(0),
        "the table of what works",
    )
}
