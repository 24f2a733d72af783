//! Compares the example program `unshare` with the system's unshare(1): options that both have must
//! do the same.

#![expect(clippy::print_stdout, reason = "what is left out is said")]

#[path = "unshare/ids.rs"]
mod ids;
#[path = "unshare/page.rs"]
mod page;
#[path = "unshare/refusals.rs"]
mod refusals;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nix::unistd::alarm;

/// Returns the path of the example, which `cargo test` builds into a directory next to this suite's
/// own.
fn ours() -> PathBuf {
    // SIGALRM ends a suite whose programs hang.
    alarm::set(30 * 60);
    let suite = env::current_exe().expect("the suite is a file");
    let profile = suite.ancestors().nth(2).expect("it is PROFILE/deps/NAME");
    let program = profile.join("examples/unshare");
    assert!(
        program.exists(),
        "cargo build -p ns-test-examples --examples"
    );
    program
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    // A directory that every user may search, with the same name for all users.
    command
        .args(arguments)
        .current_dir("/usr")
        .stdin(Stdio::null());
    command
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// Returns the output of the sandbox's program, which must succeed.
fn says(arguments: &[&str]) -> String {
    let output = run(&ours(), arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    text(&output.stdout)
}

/// Returns the output of both.
fn both_say(arguments: &[&str]) -> String {
    let theirs = run(Path::new("unshare"), arguments);
    assert!(theirs.status.success(), "{arguments:?}: {theirs:?}");
    assert_eq!(
        says(arguments),
        text(&theirs.stdout),
        "{arguments:?}: ours, theirs"
    );
    text(&theirs.stdout)
}

fn both_exit_with(code: i32, arguments: &[&str]) {
    for program in [&ours(), Path::new("unshare")] {
        let output = run(program, arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{program:?} {arguments:?}: {output:?}"
        );
    }
}

#[test]
fn the_host_name_is_its_own() {
    let before = both_say(&["-ru", "hostname"]);
    assert_eq!(
        both_say(&["-ru", "sh", "-c", "hostname ns-test-unshare; hostname"]),
        "ns-test-unshare"
    );
    assert_eq!(both_say(&["-r", "--uts", "hostname"]), before);
}

#[test]
fn the_network_is_its_own() {
    let names = "sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev";
    assert_eq!(both_say(&["-rn", "sh", "-c", names]), "lo");
    // Here /sys shows it without a manual mount.
    assert_eq!(says(&["-nm", "ls", "/sys/class/net"]), "lo");
    let by_hand = "mount -t sysfs sysfs /sys; ls /sys/class/net";
    assert_eq!(both_say(&["-rnm", "sh", "-c", by_hand]), "lo");
}

#[test]
fn the_clocks_are_its_own() {
    let read = ["cat", "/proc/self/timens_offsets"];
    let ask = |options: &[&str]| {
        let said = both_say(&[options, &read].concat());
        said.split_whitespace()
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ask(&["-rTf", "--monotonic=86400", "--boottime=3600"]),
        ["monotonic", "86400", "0", "boottime", "3600", "0"]
    );
    assert_eq!(
        ask(&["-rf", "--time", "--monotonic", "-1"]),
        ["monotonic", "-1", "0", "boottime", "0", "0"]
    );
}

#[test]
fn mounts_are_its_own() {
    let script =
        "mount -t tmpfs ns-test-unshare /mnt; grep -c ' ns-test-unshare ' /proc/self/mountinfo";
    assert_eq!(both_say(&["-rm", "sh", "-c", script]), "1");
    for propagation in ["--propagation=slave", "--propagation=private"] {
        assert_eq!(both_say(&["-rm", propagation, "sh", "-c", script]), "1");
    }
    let host = fs::read_to_string("/proc/self/mountinfo").expect("/proc is there");
    assert!(!host.contains(" ns-test-unshare "), "{host}");
}

/// unshare(1) leaves /tmp as it is; a sandbox with bare `mount` has an empty one.
#[test]
fn tmp_stays_the_hosts() {
    let name = format!("ns-test-unshare-{}", std::process::id());
    let file = Path::new("/tmp").join(&name);
    fs::write(&file, "").expect("everyone may write to /tmp");
    let said = both_say(&["-rmi", "ls", "/tmp"]);
    let ours = says(&["-pi", "ls", "/tmp"]);
    fs::remove_file(&file).expect("it is ours");
    assert!(said.lines().any(|line| line == name), "{said}");
    assert!(ours.lines().any(|line| line == name), "{ours}");
}

#[test]
fn ipc_is_its_own() {
    let script = "ipcmk -Q >/dev/null; grep -c . /proc/sysvipc/msg";
    // The table's head, and the new queue.
    assert_eq!(both_say(&["-ri", "sh", "-c", script]), "2");
}

#[test]
fn its_cgroup_is_the_root() {
    let said = both_say(&["-rC", "cat", "/proc/self/cgroup"]);
    assert!(said.lines().all(|line| line.ends_with(":/")), "{said}");
}

#[test]
fn the_process_tree_is_its_own() {
    let options = ["-r", "-p", "--fork", "--mount-proc"];
    let pid = both_say(&[&options[..], &["sh", "-c", "echo $$"]].concat());
    assert_eq!(pid, "1");
    let ps = ["sh", "-c", "ls /proc | grep -cx '[0-9]*'"];
    let theirs = run(
        Path::new("unshare"),
        &[&["-rpf", "--mount-proc"][..], &ps].concat(),
    );
    let count = |text: String| text.parse::<i32>().expect("a number");
    // Runs `sh`, `ls` and `grep`; the shell decides how many of them exist at the same time.
    assert!(count(text(&theirs.stdout)) <= 3, "{theirs:?}");
    assert!(count(says(&[&["-rpf", "--mount-proc"][..], &ps].concat())) <= 3);
}

/// The program is PID 1, so signals from inside without a handler do not reach it.
#[test]
fn signals_from_inside() {
    let script = "kill -TERM $$; echo lives";
    assert_eq!(both_say(&["-rpf", "sh", "-c", script]), "lives");
}

#[test]
fn signals_are_forwarded() {
    let script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.01; done";
    let theirs = Path::new("unshare");
    let help = text(&run(theirs, &["--help"]).stdout);
    // Only a newer util-linux has it.
    let theirs = help.contains("--forward-signals").then_some(theirs);
    for program in [Some(&*ours()), theirs].into_iter().flatten() {
        let mut command = Command::new(program);
        command.args(["-rpf", "--forward-signals", "sh", "-c", script]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it is there");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        let pid = i32::try_from(child.id()).expect("a pid");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGTERM)
            .expect("it runs");
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("the end");
        let status = child.wait().expect("it is ours");
        assert_eq!(
            (&*rest, status.code()),
            ("got it\n", Some(3)),
            "{}",
            program.display()
        );
    }
}

#[test]
fn the_working_directory() {
    assert_eq!(both_say(&["-r", "pwd"]), "/usr");
    assert_eq!(both_say(&["-r", "--wd", "/", "pwd"]), "/");
    assert_eq!(both_say(&["-rm", "--wd=bin/..", "pwd", "-P"]), "/usr");
    assert_eq!(both_say(&["-rw/usr/bin", "pwd", "-P"]), "/usr/bin");
}

/// If `/bin` is a link to `/usr/bin`, `/usr` contains everything that a root needs to run a
/// program.
#[test]
fn the_root() {
    if !fs::symlink_metadata("/bin")
        .expect("it is there")
        .is_symlink()
    {
        println!("left out: /usr is no root on this machine");
        return;
    }
    let said = both_say(&["-r", "-R", "/usr", "/bin/ls", "/"]);
    assert!(said.lines().any(|line| line == "share"), "{said}");
    assert_eq!(
        both_say(&["-r", "--root=.", "--wd", "/share", "/bin/pwd"]),
        "/share"
    );
    assert_eq!(both_say(&["-r", "--root=/", "/bin/pwd"]), "/");
    assert_eq!(
        both_say(&["-r", "--root=/", "--wd=/usr", "/bin/pwd"]),
        "/usr"
    );
}

#[test]
fn exit_codes() {
    both_exit_with(0, &["-r", "true"]);
    both_exit_with(7, &["-r", "sh", "-c", "exit 7"]);
    both_exit_with(127, &["-r", "/usr/bin/ns-test-no-such-program"]);
    both_exit_with(126, &["-r", "/etc/passwd"]);
    both_exit_with(1, &["-r", "--wd", "/ns-test/no/such/directory", "true"]);
    both_exit_with(1, &["--no-such-option", "true"]);
    both_exit_with(1, &["--wd"]);
    let killed = run(&ours(), &["-r", "sh", "-c", "kill -TERM $$"]);
    assert_eq!(killed.status.code(), Some(128 + 15), "{killed:?}");
}

#[test]
fn options_end_where_the_program_begins() {
    assert_eq!(both_say(&["-r", "echo", "-r", "--user"]), "-r --user");
    assert_eq!(both_say(&["-r", "--", "echo", "--", "-x"]), "-- -x");
    assert_eq!(both_say(&["-rmuinCT", "--fork", "echo", "all"]), "all");
    assert_eq!(says(&["-UrmuinpCTf", "--kill-child", "echo", "all"]), "all");
}

#[test]
fn the_shell_is_the_default() {
    let output = Command::new(ours())
        .arg("-r")
        .env("SHELL", "/usr/bin/id")
        .output()
        .expect("it runs");
    assert!(
        text(&output.stdout).starts_with("uid=0(root)"),
        "{output:?}"
    );
}

/// These options are new in util-linux 2.42, which this suite does not require. So it runs only the
/// example.
#[test]
fn the_environment() {
    let environment = |options: &[&str]| {
        let program = [options, &["/usr/bin/env"]].concat();
        let output = Command::new(ours())
            .args(program)
            .env_clear()
            .envs([("A", "1"), ("B", "2"), ("C", "3")])
            .output();
        text(&output.expect("it runs").stdout)
    };
    assert_eq!(environment(&["-r"]), "A=1\nB=2\nC=3");
    assert_eq!(environment(&["--clear-env"]), "");
    assert_eq!(environment(&["--whitelist-env=A,C"]), "A=1\nC=3");
}

/// Checks `--kill-child`: the program's stdout closes when all its processes have ended.
#[test]
fn the_program_ends_with_unshare() {
    for program in [&*ours(), Path::new("unshare")] {
        let script = "sleep 600 & echo ready; wait";
        let mut command = Command::new(program);
        command.args(["-rpf", "--kill-child", "sh", "-c", script]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it is there");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        child.kill().expect("it runs");
        child.wait().expect("it is ours");
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("the end");
        assert_eq!(rest, "", "{}", program.display());
    }
}
