//! What is left, and what is reported, after a kill of the harness, a launcher or an init from
//! outside.

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use ns_test_suite::fixture::{Check, Kept, Transcript, eventually};
use ns_test_suite::{host, raw};

use super::{mark, marked};

pub(crate) fn checks() -> Vec<Trial> {
    let signals = SIGNALS.iter().flat_map(|(how, signal)| {
        ["sleep_with_pid", "sleep_without_pid"].map(|test| {
            Trial::test(format!("{how}_harness_leaves_nothing::{test}"), || {
                ended_harness_leaves_nothing(test, *signal)
            })
        })
    });
    let others = [
        Trial::test("killed_init_is_reported", killed_init_is_reported),
        Trial::test(
            "killed_init_is_reported_although_the_pipe_is_held",
            killed_init_is_reported_although_the_pipe_is_held,
        ),
        Trial::test("killed_launcher_is_replaced", killed_launcher_is_replaced),
        Trial::test(
            "killed_launcher_costs_one_test_at_most",
            killed_launcher_costs_one_test_at_most,
        ),
        Trial::test("stopped_launcher_times_out", stopped_launcher_times_out),
        Trial::test(
            "stopped_launcher_is_killed_at_the_end",
            stopped_launcher_is_killed_at_the_end,
        ),
        Trial::test(
            "inits_killed_at_any_moment_cause_no_hang",
            inits_killed_at_any_moment_cause_no_hang,
        ),
    ];
    signals.chain(others).collect()
}

/// How the harness ends while a test runs.
const SIGNALS: &[(&str, i32)] = &[
    ("killed", libc::SIGKILL),
    ("terminated", libc::SIGTERM),
    ("interrupted", libc::SIGINT),
    ("hung_up", libc::SIGHUP),
];

/// Starts the test, which prints a line once its processes run. Then ends the harness with the
/// signal.
fn ended_harness_leaves_nothing(test: &str, signal: i32) -> Check {
    let mark = mark(&format!("{test}-{signal}"));
    let mut command = marked(
        &mark,
        &[&format!("fixtures::{test}"), "--exact", "--nocapture"],
    );
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    wait_for_word(&mut harness, "ready");
    raw::kill(i32::try_from(harness.0.id())?, signal)?;
    let status = harness.0.wait()?;
    assert_eq!(status.signal(), Some(signal), "{status}");
    assert!(
        eventually(|| host::processes_with(&mark).is_empty()),
        "{:?} are left",
        host::processes_with(&mark)
    );
    Ok(())
}

fn wait_for_word(harness: &mut Kept, word: &str) {
    let stdout = harness.0.stdout.as_mut().expect("it is a pipe");
    // Byte by byte: another reader needs the text after the word.
    let mut text = String::new();
    let mut byte = [0];
    while stdout.read(&mut byte).is_ok_and(|length| length == 1) {
        text.push(char::from(byte[0]));
        if text.ends_with(word) {
            return;
        }
    }
    panic!("the test never got as far: {text}");
}

/// Returns the processes of a marked fixture whose parent is the harness.
fn children_of(pid: u32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

fn killed_init_is_reported() -> Check {
    killed_is_reported("init", "the sandbox's PID 1 was killed by SIGKILL")
}

/// Checks that a killed init is reported, although a leftover process holds the pipe, which
/// therefore does not hang up.
fn killed_init_is_reported_although_the_pipe_is_held() -> Check {
    let mark = mark("holder");
    let mut command = marked(&mark, &["fixtures::sleep_beside_a_program", "--exact"]);
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    let is_sleep = |pid: &u32| {
        fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(b"sleep\0"))
    };
    let sleep = || host::processes_with(&mark).into_iter().find(is_sleep);
    assert!(eventually(|| sleep().is_some()), "the program never ran");
    let init = *children_of(harness.0.id())
        .last()
        .ok_or("the harness has no children")?;
    raw::kill(init, libc::SIGKILL)?;
    let transcript = rest_of(&mut harness)?;
    let left = sleep().ok_or("the program is gone: it held nothing")?;
    raw::kill(i32::try_from(left)?, libc::SIGKILL)?;
    transcript.failed_with("the sandbox's PID 1 was killed by SIGKILL")
}

/// Checks that the running test no longer needs the launcher, and that the next one has another
/// launcher.
fn killed_launcher_is_replaced() -> Check {
    let mut command = marked(
        &mark("launcher"),
        &["fixtures::launcher_", "--test-threads=1", "--nocapture"],
    );
    let (mut harness, launcher) = ready(&mut command)?;
    raw::kill(launcher, libc::SIGKILL)?;
    let transcript = rest_of(&mut harness)?;
    transcript.passed(2)
}

/// Checks that the tests run with the remaining launchers if no process can create another one.
fn killed_launcher_costs_one_test_at_most() -> Check {
    const TESTS: usize = 400;
    let mut command = marked(&mark("pool"), &["trivial::", "--test-threads=4"]);
    command.env("NS_TEST_SUITE_TRIALS", format!("trivial:{TESTS}"));
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    let pid = harness.0.id();
    // Four launchers, and the fork server, which was forked after them.
    assert!(eventually(|| children_of(pid).len() >= 5), "no launchers");
    let children = children_of(pid);
    raw::kill(children[4], libc::SIGKILL)?;
    raw::kill(children[0], libc::SIGKILL)?;
    let transcript = rest_of(&mut harness)?;
    let count = |end: &str| {
        let ends = |line: &&str| line.starts_with("test trivial::") && line.ends_with(end);
        transcript.text.lines().filter(ends).count()
    };
    transcript.verify(count("ok") + count("FAILED") == TESTS, "a verdict for each")?;
    transcript.verify(count("FAILED") <= 1, "one failure at most")
}

/// Checks the report on a stopped launcher, which accepts no request and does not exit on request.
fn stopped_launcher_times_out() -> Check {
    let mut command = marked(
        &mark("stopped"),
        &["fixtures::launcher_", "--test-threads=1", "--nocapture"],
    );
    command.env("NS_TEST_TIMEOUT", "2s");
    let (mut harness, launcher) = ready(&mut command)?;
    // The signal takes effect when the launcher gets its memory back from init.
    raw::kill(launcher, libc::SIGSTOP)?;
    let transcript = rest_of(&mut harness)?;
    transcript.verify(
        transcript.text.contains("1 passed; 1 failed")
            && transcript.text.contains("timed out after 2s"),
        "a test that passed, and one that timed out",
    )
}

/// Checks that a run ends although its launcher was stopped during the last test.
fn stopped_launcher_is_killed_at_the_end() -> Check {
    let mut command = marked(
        &mark("stopped-at-the-end"),
        &["fixtures::launcher_1_is_killed", "--exact", "--nocapture"],
    );
    let (mut harness, launcher) = ready(&mut command)?;
    raw::kill(launcher, libc::SIGSTOP)?;
    let has_ended = eventually(|| harness.0.try_wait().is_ok_and(|status| status.is_some()));
    if !has_ended {
        // Both hold the pipe.
        harness.0.kill()?;
        raw::kill(launcher, libc::SIGKILL)?;
    }
    let transcript = rest_of(&mut harness)?;
    transcript.verify(
        has_ended && transcript.text.contains("1 passed; 0 failed"),
        "a run that ends, with the result of its test",
    )
}

/// Kills inits at any moment. Init shares memory with its launcher: if it is killed while it
/// creates the sandbox or forks, the report must contain that. The tests after it must run, or have
/// a report as well.
fn inits_killed_at_any_moment_cause_no_hang() -> Check {
    const TESTS: usize = 400;
    let mark = mark("storm");
    let mut command = marked(&mark, &["trivial::", "--test-threads=2"]);
    command.env("NS_TEST_SUITE_TRIALS", format!("trivial:{TESTS}"));
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    let pid = harness.0.id();
    // Two launchers, and the fork server that replaces them.
    assert!(eventually(|| children_of(pid).len() >= 3), "no launchers");
    let launchers = children_of(pid)[..3].to_vec();
    let killer = thread::spawn(move || {
        let mut killed = 0;
        // Killing a zombie has no effect: the harness reaps it a little later.
        while let Some(init) = children_of(pid).pop() {
            if !launchers.contains(&init) {
                killed += usize::from(raw::kill(init, libc::SIGKILL).is_ok());
                // The pause lets other requests succeed.
                thread::sleep(Duration::from_millis(1));
            }
        }
        killed
    });
    let transcript = rest_of(&mut harness)?;
    assert!(killer.join().expect("it does not panic") > 0);
    let told = ["ok", "FAILED"].map(|end| {
        let ends = |line: &&str| line.starts_with("test trivial::") && line.ends_with(end);
        transcript.text.lines().filter(ends).count()
    });
    transcript.verify(told[0] + told[1] == TESTS, "a verdict for each")?;
    transcript.verify(told[1] > 0, "failures")?;
    let words = ["was killed by SIGKILL", "the launcher is gone"]
        .map(|words| transcript.text.matches(words).count());
    transcript.verify(words[0] + words[1] == told[1], "a reason for each")?;
    assert!(eventually(|| host::processes_with(&mark).is_empty()));
    Ok(())
}

fn killed_is_reported(whom: &str, words: &str) -> Check {
    let mark = mark(whom);
    let mut command = marked(
        &mark,
        &["fixtures::sleep_with_pid", "--exact", "--nocapture"],
    );
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    wait_for_word(&mut harness, "ready");
    // The launcher was forked first: it has the lower id of the harness's two children.
    let init = *children_of(harness.0.id())
        .last()
        .ok_or("the harness has no children")?;
    raw::kill(init, libc::SIGKILL)?;
    rest_of(&mut harness)?.failed_with(words)
}

/// Starts a harness with one launcher, and waits until its test is ready. Returns both.
fn ready(command: &mut Command) -> Result<(Kept, i32), Failed> {
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    wait_for_word(&mut harness, "ready");
    let launcher = *children_of(harness.0.id())
        .first()
        .ok_or("the harness has no children")?;
    Ok((harness, launcher))
}

/// Returns the harness's output from now on.
fn rest_of(harness: &mut Kept) -> Result<Transcript, std::io::Error> {
    let mut text = String::new();
    harness
        .0
        .stdout
        .as_mut()
        .expect("it is a pipe")
        .read_to_string(&mut text)?;
    Ok(Transcript {
        text,
        code: harness.0.wait()?.code(),
    })
}
