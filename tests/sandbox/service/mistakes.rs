//! Invalid requests, and programs that can't be executed.

use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;
use ns_test::service::{Ready, Service};

use crate::server::server;

fn mistake(service: Service) -> String {
    service
        .start()
        .expect_err("it can't be started")
        .to_string()
}

#[ns_test(pid)]
fn a_program_that_is_not_there() {
    let error = Service::new(Command::new("no-such-server")).start();
    let error = error.expect_err("it is not there");
    let text = error.to_string();
    assert!(
        text.starts_with(
            "service `no-such-server` can't be started: the program was not found\n  PATH: "
        ),
        "{text}"
    );
    assert_eq!(
        std::io::Error::from(error).kind(),
        std::io::ErrorKind::NotFound
    );
}

/// A name, a path or a status never begins a new line, and never colours the terminal.
#[ns_test(pid)]
fn control_characters_are_escaped() {
    let named = Service::new(Command::new("/no/such\nserver")).name("a\nb\x1b[31m");
    let error = mistake(named);
    assert_eq!(
        error,
        "service `a\\nb\\u{1b}[31m` can't be started: the program was not found\n  its path: \
         /no/such\\nserver"
    );
    let error = mistake(Service::new(Command::new("no\tsuch")));
    assert!(error.starts_with("service `no\\tsuch` can't"), "{error}");
    let waits = Service::new(Command::new("sleep").arg("60"));
    let waits = waits.ready(Ready::listening("/run/a\nb"));
    let error = mistake(waits.timeout(Duration::from_millis(50)));
    assert!(error.contains("the socket /run/a\\nb to listen"), "{error}");
    let ended = server("notify STATUS=half\x1b[1m exit 3");
    let error = mistake(Service::new(ended).ready(Ready::notified()));
    assert!(
        error.contains("\n  its status: half\\u{1b}[1m\n"),
        "{error}"
    );
}

#[ns_test(pid)]
fn no_program_at_all() {
    let error = mistake(Service::new(Command::new("")));
    assert!(error.contains("its command names no program"), "{error}");
}

#[ns_test(pid)]
fn a_path_that_is_not_there() {
    let error = mistake(Service::new(Command::new("/no/such/server")));
    assert!(
        error.contains("the program was not found\n  its path: /no/such/server"),
        "{error}"
    );
}

#[ns_test(pid)]
fn a_program_that_is_none() {
    let error = mistake(Service::new(Command::new("/etc/passwd")));
    assert!(
        error.contains("can't be started: execve: EACCES"),
        "{error}"
    );
}

#[ns_test(pid)]
fn a_directory_that_is_not_there() {
    let error = mistake(Service::new(server("run").current_dir("/no/such")));
    assert!(
        error.contains("chdir to its working directory: ENOENT"),
        "{error}"
    );
}

#[ns_test(pid)]
fn a_nul_byte() {
    let error = mistake(Service::new(server("run").arg("a\0b")));
    assert!(
        error.contains("NUL byte") || error.contains("nul byte"),
        "{error}"
    );
}

#[ns_test(pid)]
fn too_many_texts() {
    let ready = (0..9).map(|number| Ready::log(number.to_string()));
    let ready = ready.reduce(Ready::and).expect("there are nine");
    let error = mistake(Service::new(server("run")).ready(ready));
    assert!(
        error.contains("it waits for more than 8 log texts"),
        "{error}"
    );
}

#[ns_test(pid)]
fn a_second_start() {
    let service = Service::new(server("run")).start().expect("it starts");
    let error = mistake(service);
    assert!(error.contains("it was already started"), "{error}");
}

#[ns_test(pid)]
fn not_started() {
    let service = Service::new(server("run"));
    let error = service
        .stop()
        .expect_err("there is nothing to stop")
        .to_string();
    assert_eq!(error, "service `exe` was not started: call `start` first");
}

#[ns_test(pid)]
#[should_panic(expected = "`count` applies only to `Ready::log`")]
fn a_count_of_nothing() {
    let _ = Ready::port(80).count(2);
}
