//! Nothing of a network is left, however its test ends.

use std::fs;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use ns_test_suite::fixture::{self, Check, Kept, Transcript};

use crate::{directory, run};

/// Fixtures that end in different ways.
const ENDINGS: [&str; 7] = [
    "passes",
    "panics_as_it_should",
    "exits",
    "kills_itself",
    "waits_for_ever",
    "loses_its_wire_and_returns",
    "cannot_leave_a_host",
];

/// Returns the processes with this in their environment, which all processes of a run have.
fn marked(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let marked = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let mark = format!("NS_TEST_SUITE_MARK={mark}");
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes())
    });
    marked
        .map(|process| {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            format!("{} {}", process.path().display(), name.trim())
        })
        .collect()
}

fn none_left(mark: &str) -> Check {
    match fixture::eventually(|| marked(mark).is_empty()) {
        true => Ok(()),
        false => Err(format!("{:?} are left", marked(mark)).into()),
    }
}

pub(crate) fn nothing() -> Check {
    let directory = directory("nothing_is_left")?;
    for name in ENDINGS {
        let mark = format!("{name}-{}", std::process::id());
        run(name, &directory, |command| {
            command.env("NS_TEST_SUITE_MARK", &mark);
        });
        none_left(&mark)?;
    }
    Ok(())
}

pub(crate) fn nothing_of_a_killed_harness() -> Check {
    let directory = directory("killed_harness")?;
    let mark = format!("killed-{}", std::process::id());
    let mut command = fixture::command(["fixtures::waits_a_minute", "--exact"]);
    command
        .env("NS_TEST_ARTIFACTS", &directory)
        .env("NS_TEST_SUITE_MARK", &mark);
    command
        .args(["--test-threads=1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut harness = Kept::start(&mut command)?;
    let runs = || {
        marked(&mark)
            .iter()
            .any(|process| process.ends_with("ns-test wire"))
    };
    if !fixture::eventually(runs) {
        return Err("no wire was started".into());
    }
    harness.0.kill()?;
    none_left(&mark)
}

/// Runs a shell script as root of a user namespace, which counts its network namespaces. The
/// script gets the path of this binary, and then the names of all endings.
fn in_a_user_namespace(name: &str, script: &str) -> Result<Transcript, Failed> {
    let directory = directory(name)?;
    let mut command = Command::new("unshare");
    command.args(["-Ur", "--", "sh", "-c", script, "sh"]);
    command.arg(std::env::current_exe()?).args(ENDINGS);
    command.env("NS_TEST_ARTIFACTS", &directory);
    command.env(fixture::VARIABLE, "1").stdin(Stdio::null());
    fixture::forget_wishes(&mut command);
    Ok(Transcript::of(&mut command))
}

/// A test with two hosts and a wire has four network namespaces. If the user namespace may have no
/// more, the kernel has removed those of all earlier tests.
const LIMIT: &str = "echo 4 > /proc/sys/user/max_net_namespaces || exit 2\n";

/// Tries a test that passes, this often.
fn attempts(number: u32) -> String {
    format!(
        "for attempt in $(seq {number}); do
             $binary fixtures::passes --exact && exit 0
             sleep 0.1
         done
         exit 1"
    )
}

pub(crate) fn no_namespace() -> Check {
    let all = "binary=$1; shift; for name; do $binary fixtures::$name --exact; done\n";
    let script = all.to_owned() + LIMIT + &attempts(200);
    let transcript = in_a_user_namespace("no_namespace", &script)?;
    let text = &transcript.text;
    let passed = text.matches("test result: ok. 1 passed").count();
    transcript.verify(transcript.code == Some(0), "exit code 0")?;
    transcript.verify(passed >= 3, "those that pass, and the last one")
}

pub(crate) fn a_kept_namespace() -> Check {
    let start = "binary=$1; $binary fixtures::waits_a_minute --exact & kept=$!
         trap 'kill -9 $kept' EXIT; sleep 1\n";
    let script = start.to_owned() + LIMIT + &attempts(5);
    let transcript = in_a_user_namespace("kept_namespace", &script)?;
    transcript.verify(transcript.code == Some(1), "exit code 1")?;
    transcript.verify(transcript.text.contains("ENOSPC"), "ENOSPC")
}
