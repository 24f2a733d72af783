//! A daemon that forks twice and writes its pid to /run.
//!
//! Without namespaces: the daemon detaches from the test, as designed, so it survives a failed
//! test. Its pid file requires root, and only one test can use it at a time.
//!
//! `pid` ends every process with its test, even a detached one. `tmpfs = "/run"` is an empty /run.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::Duration;

use ns_test::ns_test;

/// Runs the program under test.
fn toyd(verb: &str) -> io::Result<ExitStatus> {
    Command::new("sh")
        .args(["tests/fixtures/toyd.sh", verb])
        .status()
}

fn pid() -> io::Result<u32> {
    fs::read_to_string("/run/toyd.pid")?
        .trim()
        .parse()
        .map_err(io::Error::other)
}

/// Returns the parent and the session of a process: fields 4 and 6 of `proc_pid_stat(5)`.
fn parent_and_session(pid: u32) -> io::Result<(u32, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let number = |field| after_name.split_whitespace().nth(field)?.parse().ok();
    number(1)
        .zip(number(3))
        .ok_or_else(|| io::Error::other(stat.clone()))
}

#[ns_test(pid, mount(tmpfs = "/run"))]
fn starts_in_a_session_of_its_own() -> io::Result<()> {
    assert!(toyd("start")?.success());
    let pid = pid()?;
    let (parent, session) = parent_and_session(pid)?;
    assert_eq!(parent, 1, "its parents are gone");
    assert_ne!(session, parent_and_session(std::process::id())?.1);
    // The test needs no clean-up: the namespace ends the daemon.
    Ok(())
}

#[ns_test(pid, mount(tmpfs = "/run"))]
fn starts_only_once() -> io::Result<()> {
    assert!(toyd("start")?.success());
    let first = pid()?;
    assert!(!toyd("start")?.success());
    assert_eq!(pid()?, first);
    Ok(())
}

/// Checks that the daemon exits: a leftover process is a failure.
#[ns_test(pid, mount(tmpfs = "/run"), leftovers = "fail", timeout = "10s")]
fn stops_when_asked() -> io::Result<()> {
    assert!(toyd("start")?.success());
    let process = format!("/proc/{}", pid()?);
    assert!(toyd("stop")?.success());
    while Path::new(&process).exists() {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(!Path::new("/run/toyd.pid").exists());
    Ok(())
}

ns_test::main!();
