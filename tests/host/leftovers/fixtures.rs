//! The tests whose traces the checks look for. Only the checks run them, in a child.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use ns_test::{Harness, Sandbox, ns_test};
use ns_test_suite::raw;

/// Runs the annotated tests below, and as many trials as a variable defines.
pub(crate) fn main() -> ExitCode {
    match env::var("NS_TEST_SUITE_MAIN").as_deref() {
        Ok("thread") => {
            let _thread = thread::spawn(|| thread::sleep(Duration::from_secs(600)));
            ns_test::run()
        }
        Ok("twice") => Harness::new()
            .trial("trial", Sandbox::new(), || ())
            .trial("trial", Sandbox::new(), || ())
            .run(),
        Ok("name") => strange_name(),
        Ok("trials") => {
            let rename = || raw::set_host_name("renamed");
            let lab = Sandbox::new().uts();
            Harness::new()
                .trial("trial::rename_the_host::1", lab.clone(), rename)
                .trial("trial::rename_the_host::2", lab, rename)
                .run()
        }
        Ok("facts") => {
            let code = many_trials();
            println!(
                "descriptors: {}",
                fs::read_dir("/proc/self/fd")
                    .expect("/proc is there")
                    .count()
            );
            let status = fs::read_to_string("/proc/self/status").expect("/proc is there");
            println!(
                "{}",
                status
                    .lines()
                    .find(|line| line.starts_with("VmHWM:"))
                    .expect("it has a line for it")
            );
            code
        }
        _ => many_trials(),
    }
}

/// Runs a trial with its name in a variable, except for characters that a variable can't hold.
fn strange_name() -> ExitCode {
    let name = env::var("NS_TEST_SUITE_NAME").unwrap_or_default();
    let name = name.replace("NUL", "\0").replace("LINE", "\n");
    Harness::new().trial(name, Sandbox::new(), || ()).run()
}

/// Runs as many trials of one kind as the variable defines: `trivial:1000`.
fn many_trials() -> ExitCode {
    let wanted = env::var("NS_TEST_SUITE_TRIALS").unwrap_or_default();
    let (kind, count) = wanted.split_once(':').unwrap_or_default();
    let count: u32 = count.parse().unwrap_or(0);
    let lab = match kind {
        "cheap" => Sandbox::new().user(),
        "hermetic" => Sandbox::hermetic(),
        _ => Sandbox::new().user().net().mount().pid(),
    };
    let body = if kind == "port_80" {
        holds_port_80
    } else {
        || Ok(())
    };
    let trial =
        |harness: Harness, number| harness.trial(format!("{kind}::{number:04}"), lab.clone(), body);
    (0..count).fold(Harness::new(), trial).run()
}

fn holds_port_80() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:80")?;
    fs::write("/tmp/app.pid", "1")?;
    // Long enough for all to hold it at the same time.
    thread::sleep(Duration::from_millis(20));
    drop(listener);
    Ok(())
}

#[ns_test(pid)]
fn daemonize_with_pid() {
    daemonize();
}

#[ns_test(user)]
fn daemonize_without_pid() {
    daemonize();
}

/// Starts a process in a session of its own, which ignores SIGTERM and has the test's stdout open.
fn daemonize() {
    let mut command = Command::new("setsid");
    let mut child = command
        .args(["sh", "-c", "trap '' TERM HUP; sleep 600 & echo; wait"])
        .spawn()
        .expect("setsid runs");
    thread::sleep(Duration::from_millis(50));
    assert_eq!(child.try_wait().expect("it is a child"), None);
}

#[ns_test(user)]
fn double_fork_without_pid() {
    if raw::fork().expect("a fork") {
        raw::setsid().expect("a forked child leads no group");
        if raw::fork().expect("a fork") {
            thread::sleep(Duration::from_secs(600));
        }
        raw::exit_now(0);
    }
    thread::sleep(Duration::from_millis(50));
}

#[ns_test(pid)]
fn sleep_with_pid() {
    sleep();
}

#[ns_test(user)]
fn sleep_without_pid() {
    sleep();
}

fn sleep() {
    let _child = Command::new("setsid")
        .args(["sleep", "600"])
        .spawn()
        .expect("setsid runs");
    println!("ready");
    thread::sleep(Duration::from_secs(600));
}

/// Leaves a program that outlives init and holds the output pipe. Without a pid namespace, the
/// kernel does not kill it.
#[ns_test(user)]
fn sleep_beside_a_program() {
    let _program = Command::new("sleep").arg("600").spawn();
    thread::sleep(Duration::from_secs(600));
}

#[ns_test(pid)]
fn launcher_1_is_killed() {
    println!("ready");
    thread::sleep(Duration::from_millis(500));
}

#[ns_test(pid)]
fn launcher_2_is_missed() {}

#[ns_test(uts)]
fn rename_the_host() {
    raw::set_host_name("renamed").expect("it is our own");
}

#[ns_test(mount)]
fn mount_everywhere() {
    for place in ["/mnt", "/tmp", "/usr"] {
        raw::mount("tmpfs", place, "tmpfs", 0).expect("we are root here");
    }
}

#[ns_test(mount)]
fn makes_temporary_files() {
    assert_eq!(
        env::temp_dir(),
        std::path::Path::new("/tmp"),
        "TMPDIR names what is shared, or hidden"
    );
}

#[ns_test(mount(tmp = "host"))]
fn makes_temporary_files_on_the_host() {
    assert_eq!(env::temp_dir(), std::path::Path::new("/var/tmp"));
}

#[ns_test(mount(overlay = "/usr"))]
fn write_to_usr() {
    fs::write("/usr/ns-test-outside", "x").expect("the upper layer takes it");
}
