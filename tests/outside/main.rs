//! What is left on the host: after tests that ended, whatever way, and after the harness itself was killed.

#![expect(
    clippy::print_stdout,
    clippy::zombie_processes,
    reason = "what the fixtures are for"
)]

mod fixtures;

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use libtest_mimic::{Failed, Trial};
use ns_test_suite::fixture::{self, Check, Kept, Transcript, eventually};
use ns_test_suite::host;

fn main() -> ExitCode {
    // One at a time: they count what is there.
    fixture::main_one_by_one(fixtures::main, checks)
}

type CheckFunction = fn() -> Check;

/// The checks that need nothing to be told.
const CHECKS: &[(&str, CheckFunction)] = &[
    (
        "ten_thousand_tests_with_1_2_8_and_64_threads",
        ten_thousand_tests,
    ),
    (
        "memory_and_descriptors_do_not_grow",
        memory_and_descriptors_do_not_grow,
    ),
    ("small_limits_are_waited_for", small_limits_are_waited_for),
    ("limits_of_none_are_named", limits_of_none_are_named),
    ("a_thousand_tests_twice", a_thousand_tests_twice),
    ("a_hundred_tests_on_one_port", a_hundred_tests_on_one_port),
    (
        "holders_of_stdout_do_not_delay",
        holders_of_stdout_do_not_delay,
    ),
    ("killed_init_is_told", killed_init_is_told),
    ("killed_launcher_is_told", killed_launcher_is_told),
    ("host_names_stay", host_names_stay),
    ("mounts_stay", mounts_stay),
    ("overlaid_directories_stay", overlaid_directories_stay),
    (
        "threads_before_run_are_an_error",
        threads_before_run_are_an_error,
    ),
    ("same_names_are_an_error", same_names_are_an_error),
    ("closed_stdio_is_no_obstacle", closed_stdio_is_no_obstacle),
    (
        "trials_run_beside_annotated_tests",
        trials_run_beside_annotated_tests,
    ),
];

/// Tests that leave a process, each in its own way.
const DAEMONS: &[&str] = &[
    "daemonize_with_pid",
    "daemonize_without_pid",
    "double_fork_without_pid",
];

/// How the harness ends while a test runs.
const SIGNALS: &[(&str, i32)] = &[
    ("killed", libc::SIGKILL),
    ("terminated", libc::SIGTERM),
    ("interrupted", libc::SIGINT),
    ("hung_up", libc::SIGHUP),
];

fn checks() -> Vec<Trial> {
    let checks = CHECKS.iter().map(|(name, check)| Trial::test(*name, check));
    let daemons = DAEMONS.iter().map(|test| {
        Trial::test(format!("dies_with_its_test::{test}"), || {
            dies_with_its_test(test)
        })
    });
    let signals = SIGNALS.iter().flat_map(|(how, signal)| {
        ["sleep_with_pid", "sleep_without_pid"].map(|test| {
            Trial::test(format!("{how}_harness_leaves_nothing::{test}"), || {
                ended_harness_leaves_nothing(test, *signal)
            })
        })
    });
    checks.chain(daemons).chain(signals).collect()
}

/// A word that stands in the environment of all processes of one check, and of no others.
fn mark(check: &str) -> String {
    format!("ns-test-suite-{check}-{}", std::process::id())
}

fn marked(mark: &str, arguments: &[&str]) -> Command {
    let mut command = fixture::command(arguments);
    command.env("NS_TEST_SUITE_MARK", mark);
    command
}

/// The namespaces of this kind that have a process, but for those of `before`.
fn new_namespaces(kind: &str, before: &BTreeSet<String>) -> usize {
    host::namespaces(kind).difference(before).count()
}

fn a_thousand_tests_twice() -> Check {
    let mark = mark("thousand");
    let before = ["net", "mnt", "user", "pid"].map(|kind| (kind, host::namespaces(kind)));
    let (mounts, interfaces, networks) = (
        host::mounts(),
        host::interfaces(),
        host::networks_in_memory(),
    );
    for _ in 0..2 {
        let mut command = marked(&mark, &["trivial::"]);
        Transcript::of(command.env("NS_TEST_SUITE_TRIALS", "trivial:1000")).passed(1000)?;
    }
    assert!(
        eventually(|| host::processes_with(&mark).is_empty()),
        "processes are left"
    );
    for (kind, before) in before {
        assert!(
            eventually(|| new_namespaces(kind, &before) == 0),
            "{kind} namespaces are left"
        );
    }
    if let Some(networks) = networks {
        // The kernel takes networks down in the background, and counts by whole slabs of a few objects.
        let few = networks + 50;
        assert!(
            eventually(|| host::networks_in_memory() < Some(few)),
            "{networks} before, {:?} now",
            host::networks_in_memory()
        );
    }
    assert_eq!(host::mounts(), mounts);
    assert_eq!(host::interfaces(), interfaces);
    Ok(())
}

fn a_hundred_tests_on_one_port() -> Check {
    let mut command = fixture::command(["port_80::", "--test-threads=100"]);
    Transcript::of(command.env("NS_TEST_SUITE_TRIALS", "port_80:100")).passed(100)
}

fn ten_thousand_tests() -> Check {
    for threads in ["1", "2", "8", "64"] {
        let mut command = fixture::command(["cheap::", "--test-threads", threads]);
        let transcript = Transcript::of(command.env("NS_TEST_SUITE_TRIALS", "cheap:10000"));
        transcript.passed(10_000)?;
        let lines = transcript
            .text
            .lines()
            .filter(|line| line.starts_with("test cheap::"));
        let names: BTreeSet<&str> = lines.clone().collect();
        assert_eq!(
            (lines.count(), names.len()),
            (10_000, 10_000),
            "none is lost, none is there twice"
        );
    }
    Ok(())
}

fn memory_and_descriptors_do_not_grow() -> Check {
    let facts = |count: &str| -> Result<(u64, u64), Failed> {
        let mut command = fixture::command(["cheap::", "--test-threads=4", "-q"]);
        let text = Transcript::of(
            command
                .env("NS_TEST_SUITE_MAIN", "facts")
                .env("NS_TEST_SUITE_TRIALS", format!("cheap:{count}")),
        )
        .text;
        let fact = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
                .ok_or_else(|| text.clone())
        };
        Ok((fact("descriptors: ")?, fact("VmHWM:")?))
    };
    let (few, many) = (facts("1000")?, facts("8000")?);
    assert_eq!(few.0, many.0, "descriptors");
    // Eight times as many names and closures are there from the beginning.
    assert!(many.1 < few.1 * 3, "{few:?} {many:?}");
    Ok(())
}

const LIMITS: &[&str] = &["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

/// The fixture in a user namespace whose own limit for namespaces of this kind is `most`.
fn limited(kind: &str, most: u32, arguments: &[&str]) -> Command {
    let fixture = fixture::command(arguments);
    let script =
        format!("echo {most} > /proc/sys/user/max_{kind}_namespaces && exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", &script]);
    command
        .arg(env::current_exe().unwrap_or_default())
        .args(fixture.get_args());
    command
        .env(fixture::VARIABLE, "1")
        .env("NS_TEST_SUITE_TRIALS", "hermetic:100");
    command
}

fn small_limits_are_waited_for() -> Check {
    for kind in LIMITS {
        Transcript::of(&mut limited(kind, 2, &["hermetic::", "--test-threads=8"])).passed(100)?;
    }
    Ok(())
}

fn limits_of_none_are_named() -> Check {
    for kind in LIMITS {
        let transcript = Transcript::of(&mut limited(kind, 0, &["hermetic::0001", "--exact"]));
        transcript.failed_with(&format!(
            "the test did not run: failed to make the namespaces: clone3: ENOSPC (no space left on device); user.max_{kind}_namespaces is 0"
        ))?;
    }
    Ok(())
}

fn dies_with_its_test(test: &str) -> Check {
    let mark = mark(test);
    Transcript::of(&mut marked(
        &mark,
        &[&format!("fixtures::{test}"), "--exact"],
    ))
    .passed(1)?;
    // At once: a test is over when nothing of it is left.
    let left = host::processes_with(&mark);
    assert!(left.is_empty(), "{left:?} are left");
    Ok(())
}

fn holders_of_stdout_do_not_delay() -> Check {
    let begin = Instant::now();
    for test in ["daemonize_with_pid", "daemonize_without_pid"] {
        Transcript::of(&mut fixture::command([
            &format!("fixtures::{test}"),
            "--exact",
        ]))
        .passed(1)?;
    }
    // They would sleep for ten minutes.
    assert!(begin.elapsed() < Duration::from_secs(60));
    Ok(())
}

/// Starts the test, which writes a line to its stdout when its processes are there, and ends the harness by the signal.
fn ended_harness_leaves_nothing(test: &str, signal: i32) -> Check {
    let mark = mark(&format!("{test}-{signal}"));
    let mut command = marked(
        &mark,
        &[&format!("fixtures::{test}"), "--exact", "--nocapture"],
    );
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    wait_for_word(&mut harness, "ready");
    ns_test_suite::raw::kill(i32::try_from(harness.0.id())?, signal)?;
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
    // Byte by byte: what comes behind the word is for others to read.
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

/// The processes of a marked fixture by their relation: those whose parent is the harness.
fn children_of(pid: u32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

fn killed_init_is_told() -> Check {
    killed_is_told("init", "PID 1 of the test's sandbox was killed by SIGKILL")
}

/// The test that runs is none of the launcher's business any more; the next one can't be made.
fn killed_launcher_is_told() -> Check {
    let mut command = marked(
        &mark("launcher"),
        &["fixtures::launcher_", "--test-threads=1", "--nocapture"],
    );
    let mut harness = Kept::start(command.stdout(Stdio::piped()))?;
    wait_for_word(&mut harness, "ready");
    let launcher = *children_of(harness.0.id())
        .first()
        .ok_or("the harness has no children")?;
    ns_test_suite::raw::kill(launcher, libc::SIGKILL)?;
    let transcript = rest_of(&mut harness)?;
    transcript.verify(
        transcript.text.contains("1 passed; 1 failed"),
        "one of each",
    )?;
    transcript.verify(
        transcript.text.contains("the launcher is gone"),
        "the reason",
    )
}

fn killed_is_told(whom: &str, words: &str) -> Check {
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
    ns_test_suite::raw::kill(init, libc::SIGKILL)?;
    rest_of(&mut harness)?.failed_with(words)
}

/// What the harness prints from now on.
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

fn host_names_stay() -> Check {
    let read = || fs::read_to_string("/proc/sys/kernel/hostname");
    let before = read()?;
    Transcript::of(&mut fixture::command([
        "fixtures::rename_the_host",
        "--exact",
    ]))
    .passed(1)?;
    assert_eq!(read()?, before);
    Ok(())
}

fn mounts_stay() -> Check {
    let before = host::mounts();
    Transcript::of(&mut fixture::command([
        "fixtures::mount_everywhere",
        "--exact",
    ]))
    .passed(1)?;
    assert_eq!(host::mounts(), before);
    Ok(())
}

fn overlaid_directories_stay() -> Check {
    Transcript::of(&mut fixture::command(["fixtures::write_to_usr", "--exact"])).passed(1)?;
    assert!(!Path::new("/usr/ns-test-outside").exists());
    Ok(())
}

fn threads_before_run_are_an_error() -> Check {
    let mut command = fixture::command(["fixtures::mount_everywhere"]);
    let transcript = Transcript::of(command.env("NS_TEST_SUITE_MAIN", "thread"));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    transcript.verify(
        transcript.text.contains("more than one thread"),
        "the reason",
    )
}

fn same_names_are_an_error() -> Check {
    let transcript =
        Transcript::of(fixture::command(["--list"]).env("NS_TEST_SUITE_MAIN", "twice"));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    transcript.verify(
        transcript.text.contains("two tests have the name `trial`"),
        "the name",
    )
}

fn closed_stdio_is_no_obstacle() -> Check {
    let exe = env::current_exe()?;
    let script = "exec \"$0\" fixtures::rename_the_host --exact <&- 2>&-";
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(exe)
        .env(fixture::VARIABLE, "1");
    Transcript::of(&mut command).passed(1)
}

fn trials_run_beside_annotated_tests() -> Check {
    let mut command = fixture::command(["rename_the_host", "--test-threads=2"]);
    Transcript::of(command.env("NS_TEST_SUITE_MAIN", "trials")).passed(3)
}
