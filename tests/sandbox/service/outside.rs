//! Services of a process that is not a test: a plain program, which is killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use ns_test::ns_test;
use ns_test::service::{Ready, Service};
use ns_test_suite::fixture::eventually;

use crate::server::server;

/// The variable that makes this binary a program that starts a service, writes its pid and waits.
const VARIABLE: &str = "NS_TEST_SUITE_CLIENT";

pub(crate) fn client() -> Option<ExitCode> {
    let kind = std::env::var(VARIABLE).ok()?;
    let threads = kind == "threads";
    if threads {
        std::thread::spawn(|| {
            loop {
                drop(vec![0_u8; 1000]);
            }
        });
    }
    let service = Service::new(server("child run say up run")).ready(Ready::log("up"));
    let service = std::thread::spawn(|| service.start())
        .join()
        .expect("no panic");
    let service = service.expect("it starts");
    writeln!(std::io::stdout(), "{}", service.id().expect("it runs")).expect("it is read");
    if kind == "panics" {
        panic!("for its output");
    }
    std::thread::sleep(std::time::Duration::from_secs(600));
    Some(ExitCode::SUCCESS)
}

fn program(kind: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .env(VARIABLE, kind)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn processes() -> usize {
    let entries = std::fs::read_dir("/proc")
        .expect("/proc is there")
        .flatten();
    let names = entries.map(|entry| entry.file_name());
    names
        .filter(|name| name.to_string_lossy().parse::<u32>().is_ok())
        .count()
}

fn killed(kind: &str) {
    let before = processes();
    let mut child = program(kind).spawn().expect("it starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("it can be read");
    let pid: u32 = line.trim().parse().expect("a pid");
    assert!(std::path::Path::new(&format!("/proc/{pid}")).exists());
    child.kill().expect("it is there");
    child.wait().expect("it ends");
    assert!(eventually(|| processes() == before), "{}", processes());
}

/// The thread that started the service ends before the process.
#[ns_test(pid)]
fn ends_with_its_starter() {
    killed("plain");
}

/// Another thread holds the allocator's lock at the time of the fork.
#[ns_test(pid)]
fn ends_with_its_threaded_starter() {
    killed("threads");
}

/// The service itself prints nothing, since libtest could not capture it.
#[ns_test(pid)]
fn last_lines_are_printed_at_a_panic() {
    let output = program("panics").output().expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("[exe] up\n"), "{stderr}");
    assert_eq!(stderr.matches("[exe]").count(), 1, "{stderr}");
}
