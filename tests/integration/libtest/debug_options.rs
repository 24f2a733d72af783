//! The debug options for a failed test's sandbox under libtest, where the fork server creates the
//! sandbox.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use ns_test_suite::fixture::{Check, Kept, Transcript};
use ns_test_suite::outer::Outer;

use crate::{WITH, binary};

const FAILS: [&str; 2] = ["--exact", "endings::panics"];

fn with_wish(mixed: &Outer, wish: &str) -> Result<Command, Failed> {
    let mut command = binary(mixed, WITH)?;
    command
        .args(FAILS)
        .env(wish, "1")
        .env("SHELL", "sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    Ok(command)
}

pub(crate) fn state(mixed: &Outer) -> Check {
    let run = Transcript::of(&mut with_wish(mixed, "NS_TEST_STATE")?);
    run.failed_with("the sandbox when the test ended\n")?;
    run.failed_with("    links:\n        lo\n")
}

/// Enters it with the exact line that is printed.
pub(crate) fn keep(mixed: &Outer) -> Check {
    let mut harness = Kept::start(&mut with_wish(mixed, "NS_TEST_KEEP")?)?;
    let stdout = harness.0.stdout.take().ok_or("it is a pipe")?;
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("nsenter "));
    let script = line
        .ok_or("no line to enter it")?
        .replace("$SHELL", "sh -c 'id -u; readlink /proc/self/ns/net'");
    let inside = Command::new("sh").args(["-c", &script]).output()?;
    let found = String::from_utf8_lossy(&inside.stdout).into_owned();
    let own = fs::read_link("/proc/self/ns/net")?.display().to_string();
    if !found.starts_with("0\nnet:[") || found.contains(&own) {
        return Err(format!("it was not entered: {inside:?}").into());
    }
    if harness.0.try_wait()?.is_some() {
        return Err("it did not wait for Enter".into());
    }
    let mut stdin = harness.0.stdin.take().ok_or("it is a pipe")?;
    stdin.write_all(b"\n")?;
    let text = lines.collect::<Vec<_>>().join("\n");
    let code = harness.0.wait()?.code();
    Transcript { text, code }.failed_with("to stdout\nto stderr\n")
}

pub(crate) fn shell(mixed: &Outer) -> Check {
    let mut harness = Kept::start(&mut with_wish(mixed, "NS_TEST_SHELL")?)?;
    let mut stdin = harness.0.stdin.take().ok_or("it is a pipe")?;
    stdin.write_all(b"echo a shell of uid $(id -u), process $$\n")?;
    drop(stdin);
    let stdout = harness.0.stdout.take().ok_or("it is a pipe")?;
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let text = lines.collect::<Vec<_>>().join("\n");
    let code = harness.0.wait()?.code();
    let run = Transcript { text, code };
    run.failed_with("this shell runs in its sandbox, which ends when the shell exits\na shell of uid 0, process ")
}
