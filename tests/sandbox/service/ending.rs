//! How services end: on their own, by a kill, with the test.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;
use ns_test::service::{Error, Ready, Service};
use ns_test_suite::fixture::eventually;
use ns_test_suite::raw;

use crate::server::server;

/// Returns the number of processes.
pub(crate) fn processes() -> usize {
    let entries = std::fs::read_dir("/proc").expect("/proc is there");
    let names = entries.flatten().map(|entry| entry.file_name());
    names
        .filter(|name| name.to_string_lossy().parse::<u32>().is_ok())
        .count()
}

#[ns_test(pid)]
fn an_early_exit_is_seen_at_once() {
    let service = Service::new(server("say one complain two prompt three exit 3"));
    let error = service
        .ready(Ready::log("never"))
        .timeout(Duration::from_secs(600))
        .start()
        .expect_err("it exits");
    assert_eq!(
        error.exit_status().and_then(|status| status.code()),
        Some(3)
    );
    assert_eq!(error.last_lines(), ["one", "two", "three"]);
    let text = error.to_string();
    assert!(
        text.contains("exited with status 3 before it was ready"),
        "{text}"
    );
    assert!(
        text.contains("waiting for \"never\" in its output"),
        "{text}"
    );
}

#[ns_test(pid)]
fn an_exit_with_0_is_an_early_one() {
    let service = Service::new(server("exit 0")).ready(Ready::log("never"));
    let error = service.start().expect_err("it exits");
    assert!(
        error.to_string().contains("exited with status 0"),
        "{error}"
    );
    assert!(error.to_string().contains("it wrote no output"), "{error}");
}

#[ns_test(pid, net)]
fn a_program_that_goes_to_the_background_is_reported() {
    let service = Service::new(server("daemon run")).ready(Ready::port(80));
    let error = service.start().expect_err("it exits").to_string();
    assert!(
        error.contains("exited with status 0 before it was ready"),
        "{error}"
    );
    assert!(error.contains("use `Ready::exit()`"), "{error}");
}

#[ns_test(pid)]
fn a_daemon_that_exits_at_once_is_reported() {
    let service = Service::new(server("exit 0")).ready(Ready::exit());
    let error = service.start().expect_err("nothing is left").to_string();
    assert!(
        error.contains("waiting for the program to exit and leave a daemon"),
        "{error}"
    );
}

#[ns_test(pid)]
fn a_kill_by_another_process_is_reported() {
    let service = Service::new(server("run")).ready(Ready::log("never"));
    let service = service.spawn().expect("it starts");
    let pid = service.id().expect("it runs");
    raw::kill(i32::try_from(pid).expect("a pid"), libc::SIGKILL).expect("it is there");
    let error = service.wait().expect_err("it is dead");
    let signal = error.exit_status().and_then(|status| status.signal());
    assert_eq!(signal, Some(libc::SIGKILL));
    assert!(
        error.to_string().contains(
            "was killed by SIGKILL before it was ready\n  neither this `Service` nor the"
        ),
        "{error}"
    );
}

#[ns_test(pid)]
fn a_kill_by_the_test_is_reported() {
    let service = Service::new(server("run")).ready(Ready::log("never"));
    let service = service.spawn().expect("it starts");
    service.signal(libc::SIGKILL).expect("it runs");
    let error = service.wait().expect_err("it is dead").to_string();
    assert!(
        error.contains("\n  the test had sent it SIGKILL\n"),
        "{error}"
    );
}

/// Without a /proc of its own, the test does not know about the out-of-memory killer.
#[ns_test(pid(proc = false))]
fn a_kill_whose_cause_is_unknown() {
    let service = Service::new(server("run")).ready(Ready::log("never"));
    let service = service.spawn().expect("it starts");
    let pid = service.id().expect("it runs");
    raw::kill(i32::try_from(pid).expect("a pid"), libc::SIGKILL).expect("it is there");
    let error = service.wait().expect_err("it is dead").to_string();
    assert!(
        error.contains("this `Service` did not kill it\n"),
        "{error}"
    );
}

#[ns_test(pid)]
fn dropped_with_all_it_has_started() -> Result<(), Error> {
    let before = processes();
    let script = "child child+run+run child daemon+run ignore 15 say up run";
    let service = Service::new(server(script))
        .ready(Ready::log("up"))
        .start()?;
    assert!(eventually(|| processes() >= before + 5), "{}", processes());
    drop(service);
    // The supervisor is dead by then, and PID 1 reaps it.
    assert!(eventually(|| processes() == before), "{}", processes());
    Ok(())
}

/// A test that waits for its own children must not reap the service.
#[ns_test(pid)]
fn is_no_child_of_the_test() -> Result<(), Error> {
    let _service = Service::new(server("run")).start()?;
    assert!(raw::reap_children());
    Ok(())
}

/// Signals to the test's own group must not reach it either.
#[ns_test(pid)]
fn is_in_no_group_of_the_test() -> Result<(), Error> {
    let service = Service::new(server("run")).start()?;
    raw::ignore_signal(libc::SIGHUP);
    raw::kill(0, libc::SIGHUP).expect("the test is there");
    assert_eq!(service.exit_status()?, None);
    Ok(())
}

/// A fork of the test has a copy of the handle.
#[ns_test(pid)]
fn a_forked_copy_does_not_end_it() -> Result<(), Error> {
    let service = Service::new(server("run")).start()?;
    if raw::fork().expect("fork") {
        drop(service);
        raw::exit_now(0);
    }
    assert!(eventually(raw::reap_children));
    assert_eq!(service.exit_status()?, None);
    Ok(())
}

#[ns_test(pid)]
fn a_lost_supervisor_is_reported() -> Result<(), Error> {
    let service = Service::new(server("run")).start()?;
    raw::kill(-1, libc::SIGKILL).expect("there is something to kill");
    assert!(eventually(|| service.id().is_err()));
    let error = service.stop().expect_err("nothing is left").to_string();
    assert!(
        error.contains("is lost: its supervisor process was killed"),
        "{error}"
    );
    Ok(())
}

const LAST_WORD: &str =
    "trap 'echo bye >/srv/data/word; exit' TERM; echo up; while :; do sleep 0.01; done";

fn with_a_last_word(_directory: &Path) -> Result<(), Error> {
    let _service = Service::new(Command::new("sh").args(["-c", LAST_WORD]))
        .ready(Ready::log("up"))
        .start()?;
    Ok(())
}

/// Its output at the end is kept.
#[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", with_a_last_word)))]
fn dropped_gracefully_in_a_preparation() {
    let word = std::fs::read_to_string("/srv/data/word");
    assert_eq!(word.expect("it is written"), "bye\n");
}

/// The same program in a test is killed.
#[ns_test(pid, mount(tmpfs = "/srv"))]
fn dropped_at_once_in_a_test() -> Result<(), Error> {
    let directory = Path::new("/srv/data");
    std::fs::create_dir(directory).expect("/srv is empty");
    with_a_last_word(directory)?;
    assert!(!directory.join("word").exists());
    Ok(())
}
