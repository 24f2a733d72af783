//! `Sandbox::command`, from a process that has threads: one for each check that runs.

mod paths;

use std::io::{Read, Write};
use std::process::{ExitCode, Output};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Trial};
use ns_test::{Call, Offset, Sandbox, Stdio, Step};
use ns_test_suite::fixture::{self, eventually};
use ns_test_suite::{host, raw};

fn main() -> ExitCode {
    let checks = CHECKS.iter().chain(paths::CHECKS).map(|(name, check)| {
        Trial::test(*name, || {
            check();
            Ok(())
        })
    });
    fixture::run_checks(&Arguments::from_args(), checks.collect())
}

const CHECKS: &[(&str, fn())] = &[
    ("is_root_of_its_own_network", is_root_of_its_own_network),
    (
        "the_program_does_not_outlive_its_init",
        the_program_does_not_outlive_its_init,
    ),
    (
        "a_sandbox_whose_init_is_stopped_can_be_killed",
        a_sandbox_whose_init_is_stopped_can_be_killed,
    ),
    ("all_eight", all_eight),
    (
        "many_at_once_from_many_threads",
        many_at_once_from_many_threads,
    ),
    (
        "exit_statuses_and_signals_come_through",
        exit_statuses_and_signals_come_through,
    ),
    ("streams_are_piped", streams_are_piped),
    ("large_output_on_both_streams", large_output_on_both_streams),
    ("environment_and_directory", environment_and_directory),
    ("a_missing_program_is_told", a_missing_program_is_told),
    (
        "a_missing_source_names_both_paths",
        a_missing_source_names_both_paths,
    ),
    (
        "bad_requests_are_refused_before_anything_is_made",
        bad_requests_are_refused_before_anything_is_made,
    ),
    (
        "what_the_program_leaves_is_ended",
        what_the_program_leaves_is_ended,
    ),
    ("a_dropped_child_is_ended", a_dropped_child_is_ended),
    ("try_wait_and_kill", try_wait_and_kill),
    ("a_program_can_be_pid_1", a_program_can_be_pid_1),
    (
        "a_program_that_is_pid_1_can_be_killed",
        a_program_that_is_pid_1_can_be_killed,
    ),
    ("a_signal_reaches_the_program", a_signal_reaches_the_program),
];

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn shell(sandbox: &Sandbox, script: &str) -> String {
    text(
        &sandbox
            .command("sh")
            .args(["-c", script])
            .output()
            .expect("the sandbox can be made"),
    )
}

fn is_root_of_its_own_network() {
    let lab = Sandbox::new().net();
    assert_eq!(shell(&lab, "id -u; grep -c : /proc/net/dev"), "0\n1\n");
}

/// Without a pid namespace the kernel would not kill it.
fn the_program_does_not_outlive_its_init() {
    let mut command = Sandbox::new().user().command("sleep");
    let mut child = command
        .arg("612.341")
        .spawn()
        .expect("the sandbox can be made");
    let programs = || host::processes_with("612.341");
    assert!(eventually(|| !programs().is_empty()), "it never ran");
    raw::kill(pid_of(&child), libc::SIGKILL).expect("it is there");
    assert!(!child.wait().expect("it was made").success());
    assert!(eventually(|| programs().is_empty()), "{:?}", programs());
}

/// Init can't answer then.
fn a_sandbox_whose_init_is_stopped_can_be_killed() {
    let mut command = Sandbox::new().pid().command("sleep");
    let mut child = command
        .arg("612.342")
        .spawn()
        .expect("the sandbox can be made");
    raw::kill(pid_of(&child), libc::SIGSTOP).expect("it is there");
    child.kill();
    assert!(!child.wait().expect("it was made").success());
    assert!(eventually(|| host::processes_with("612.342").is_empty()));
}

fn pid_of(child: &ns_test::Child) -> i32 {
    i32::try_from(child.id()).expect("pids are small")
}

fn all_eight() {
    let lab = Sandbox::all()
        .hostname("lab")
        .uptime(Offset::forwards(Duration::from_secs(365 * 86_400)));
    assert_eq!(
        shell(&lab, "cat /proc/sys/kernel/hostname; echo $$"),
        "lab\n2\n"
    );
    let up: f64 = shell(&lab, "cut -d' ' -f1 /proc/uptime")
        .trim()
        .parse()
        .expect("a number");
    assert!(up > 365.0 * 86_400.0);
}

fn many_at_once_from_many_threads() {
    let lab = Sandbox::new().net().pid();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..8 {
                    // The heap is busy meanwhile: a child that waited for its lock would hang.
                    let words: Vec<String> = (0..100).map(|number| number.to_string()).collect();
                    assert_eq!(shell(&lab, "echo $$"), "2\n");
                    drop(words);
                }
            });
        }
    });
}

fn exit_statuses_and_signals_come_through() {
    use std::os::unix::process::ExitStatusExt;
    let lab = Sandbox::new().pid();
    let status = |script| {
        lab.command("sh")
            .args(["-c", script])
            .status()
            .expect("the sandbox can be made")
    };
    assert_eq!(status("exit 7").code(), Some(7));
    assert_eq!(status("kill -SEGV $$").signal(), Some(libc::SIGSEGV));
}

fn streams_are_piped() {
    let mut command = Sandbox::new().user().command("cat");
    let mut child = command
        .stdin(Stdio::Piped)
        .stdout(Stdio::Piped)
        .spawn()
        .expect("the sandbox can be made");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(b"through")
        .expect("cat reads");
    let mut text = String::new();
    child
        .stdout
        .take()
        .expect("it is piped")
        .read_to_string(&mut text)
        .expect("cat writes");
    assert_eq!(text, "through");
    assert!(child.wait().expect("it runs").success());
}

fn large_output_on_both_streams() {
    let script = "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2";
    let output = Sandbox::new()
        .pid()
        .command("sh")
        .args(["-c", script])
        .output()
        .expect("the sandbox can be made");
    assert_eq!(
        (output.stdout.len(), output.stderr.len()),
        (1_000_000, 1_000_000)
    );
}

fn environment_and_directory() {
    let lab = Sandbox::new().user().env_clear().env("A", "1").cwd("/usr");
    assert_eq!(
        text(
            &lab.command("/usr/bin/env")
                .output()
                .expect("it can be made")
        ),
        "A=1\n"
    );
    assert_eq!(
        text(&lab.command("/bin/pwd").output().expect("it can be made")),
        "/usr\n"
    );
}

fn a_missing_program_is_told() {
    // As in execvp(3): without search permission on a PATH directory, the error would be EACCES.
    let lab = Sandbox::new().user().env("PATH", "/usr/bin:/bin");
    let refused = lab
        .command("ns-test-no-such-program")
        .status()
        .expect_err("there is none");
    assert_eq!(
        (refused.step(), refused.call(), refused.errno().name()),
        (Step::Execute, Call::Execve, Some("ENOENT"))
    );
    assert_eq!(
        refused.to_string(),
        "execute the command: execve(ns-test-no-such-program): ENOENT (no such file or directory)"
    );
}

fn a_missing_source_names_both_paths() {
    let lab = Sandbox::new().bind("not/there", "/mnt");
    let refused = lab.command("true").status().expect_err("there is none");
    assert_eq!(refused.asked(), Some("not/there".as_ref()));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("not/there");
    assert_eq!(refused.path(), Some(path.as_path()));
}

fn bad_requests_are_refused_before_anything_is_made() {
    let refusals = [
        Sandbox::new().hostname("x".repeat(65)),
        Sandbox::new().sysctl("..", 1),
        Sandbox::new().tmpfs("/mnt").tmpfs("/mnt"),
        Sandbox::new().user_range(0, 100_000, 10).user_become(10),
        Sandbox::new().user().user_become(1000),
        Sandbox::new().root("/"),
        Sandbox::new().tmpfs("/mnt\0"),
    ];
    for sandbox in refusals {
        let refused = sandbox
            .command("true")
            .status()
            .expect_err("it makes no sense");
        assert_eq!(
            (refused.step(), refused.call()),
            (Step::Prepare, Call::Check),
            "{refused}"
        );
    }
}

fn what_the_program_leaves_is_ended() {
    let begin = Instant::now();
    for lab in [Sandbox::new().user(), Sandbox::new().pid()] {
        assert_eq!(shell(&lab, "setsid sleep 600 & echo done"), "done\n");
    }
    assert!(
        begin.elapsed() < Duration::from_secs(60),
        "nobody waits for what holds stdout"
    );
}

fn a_dropped_child_is_ended() {
    let child = Sandbox::new()
        .pid()
        .command("sleep")
        .arg("600")
        .spawn()
        .expect("the sandbox can be made");
    let init = child.id();
    drop(child);
    assert!(!std::path::Path::new(&format!("/proc/{init}")).exists());
}

fn try_wait_and_kill() {
    let mut child = Sandbox::new()
        .pid()
        .command("sleep")
        .arg("600")
        .spawn()
        .expect("the sandbox can be made");
    assert_eq!(child.try_wait().expect("it was made"), None);
    child.kill();
    assert!(!child.wait().expect("it was made").success());
}

fn a_program_can_be_pid_1() {
    let lab = Sandbox::new().as_init();
    assert_eq!(shell(&lab, "echo $$; cat /proc/1/comm"), "1\nsh\n");
    let failed = lab.command("does-not-exist").status();
    let error = failed.expect_err("it is not there");
    assert_eq!(error.step(), Step::Execute);
    // The kernel kills its leftover processes, so the output ends.
    assert_eq!(shell(&lab, "sleep 600 & echo done"), "done\n");
}

fn a_program_that_is_pid_1_can_be_killed() {
    let lab = Sandbox::new().as_init();
    let mut child = lab.command("sleep").arg("600").spawn().expect("it starts");
    child.kill();
    child.wait().expect("it is ours");
}

fn a_signal_reaches_the_program() {
    use std::os::unix::process::ExitStatusExt;
    let script = "trap 'echo got it; exit 3' USR2; echo ready; while :; do sleep 0.01; done";
    for lab in [
        Sandbox::new(),
        Sandbox::new().pid(),
        Sandbox::new().as_init(),
    ] {
        let mut command = lab.command("sh");
        let mut child = command
            .args(["-c", script])
            .stdout(Stdio::Piped)
            .spawn()
            .expect("it starts");
        let mut stdout = child.stdout.take().expect("it is piped");
        let mut ready = [0; 6];
        stdout.read_exact(&mut ready).expect("a line");
        assert_eq!(&ready, b"ready\n");
        child.signal(libc::SIGUSR2).expect("it runs");
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("the end");
        let status = child.wait().expect("it ends");
        assert_eq!((&*rest, status.code()), ("got it\n", Some(3)));
        child
            .signal(libc::SIGTERM)
            .expect("nothing is there to get it");
    }
    let mut child = Sandbox::new()
        .command("sleep")
        .arg("600")
        .spawn()
        .expect("it starts");
    for wrong in [0, -1, 65, i32::MAX] {
        let error = child.signal(wrong).expect_err("no signal has that number");
        assert_eq!(error.errno().name(), Some("EINVAL"));
    }
    child.signal(libc::SIGINT).expect("it runs");
    assert_eq!(child.wait().expect("it ends").signal(), Some(libc::SIGINT));
}
