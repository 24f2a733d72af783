//! The end of a command: its init, its program and what the program leaves.

use std::io::Read;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ns_test::{Sandbox, Stdio, Step};
use ns_test_suite::fixture::eventually;
use ns_test_suite::{host, raw};

use super::shell;

pub(crate) const CHECKS: &[(&str, fn())] = &[
    (
        "the_program_does_not_outlive_its_init",
        the_program_does_not_outlive_its_init,
    ),
    (
        "a_sandbox_whose_init_is_stopped_can_be_killed",
        a_sandbox_whose_init_is_stopped_can_be_killed,
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

/// Without a pid namespace only the parent-death signal (`prctl(2)`) ends the program.
/// The kernel sends SIGHUP to an orphaned process group with a stopped process when one of its
/// processes ends whose parent is outside the group. Both happen in these tests, in the group of
/// the suite. So only one of them runs at a time.
static STOPPED_OR_ORPHANED: Mutex<()> = Mutex::new(());

fn the_program_does_not_outlive_its_init() {
    let _alone = STOPPED_OR_ORPHANED.lock();
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

/// A stopped init does not end its sandbox on request.
fn a_sandbox_whose_init_is_stopped_can_be_killed() {
    let _alone = STOPPED_OR_ORPHANED.lock();
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
