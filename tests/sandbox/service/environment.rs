//! What a service gets: variables, directory, descriptors, sockets, namespaces.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use ns_test::ns_test;
use ns_test::service::{Error, Ready, Service};

use crate::server::server;

fn output(command: &Command) -> Vec<String> {
    let service = Service::new(command)
        .ready(Ready::log("end of output"))
        .start();
    let mut lines = service.expect("it starts").last_lines();
    lines.pop();
    lines
}

#[ns_test(
    pid,
    env("NOTIFY_SOCKET", "/run/foreign"),
    env("LISTEN_FDS", "1"),
    env("LISTEN_PID", "2"),
    env("WATCHDOG_USEC", "5"),
    env("INVOCATION_ID", "a"),
    env("JOURNAL_STREAM", "8:1"),
    env("KEPT", "this")
)]
fn a_service_managers_variables_are_removed() {
    let mut command = Command::new("sh");
    command.args(["-c", "env | grep -E 'KEPT|NOTIFY|LISTEN|WATCHDOG|INVOCATION|JOURNAL'; echo end of output; sleep 600"]);
    let lines = output(&command);
    assert!(lines.contains(&"KEPT=this".to_owned()), "{lines:?}");
    for name in ["NOTIFY", "LISTEN", "WATCHDOG", "INVOCATION", "JOURNAL"] {
        assert!(
            !lines.iter().any(|line| line.starts_with(name)),
            "{lines:?}"
        );
    }
}

#[ns_test(pid, env("FROM_TEST", "1"))]
fn variables_and_directory_are_the_commands() {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "env | grep -E 'SET|FROM_TEST'; pwd; echo end of output; sleep 600",
        ])
        .current_dir("/usr")
        .env("SET", "2")
        .env_remove("FROM_TEST");
    let lines = output(&command);
    assert!(lines.contains(&"SET=2".to_owned()), "{lines:?}");
    assert!(lines.contains(&"/usr".to_owned()), "{lines:?}");
    assert!(
        !lines.iter().any(|line| line.starts_with("FROM_TEST")),
        "{lines:?}"
    );
}

#[ns_test(pid, env("FROM_TEST", "1"))]
fn a_cleared_environment_is_cleared() {
    let mut command = Command::new("/bin/sh");
    command
        .args([
            "-c",
            "/usr/bin/env; echo end of output; exec /bin/sleep 600",
        ])
        .env_clear()
        .env("ONLY", "this");
    let lines = output(&command);
    assert!(lines.contains(&"ONLY=this".to_owned()), "{lines:?}");
    assert!(
        !lines.iter().any(|line| line.starts_with("FROM_TEST")),
        "{lines:?}"
    );
}

#[ns_test(pid)]
fn has_three_descriptors() {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ls /proc/self/fd; readlink /proc/self/fd/0; echo end of output; sleep 600",
    ]);
    // The fourth is the directory that `ls` reads.
    assert_eq!(output(&command), ["0", "1", "2", "3", "/dev/null"]);
}

#[ns_test(pid)]
fn has_default_signals() {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "grep -E 'SigBlk|SigIgn' /proc/self/status; echo end of output; sleep 600",
    ]);
    // 32 and 33 are libc's own: it refuses to change their actions.
    let own = 0b11 << 31;
    for line in output(&command) {
        let (name, set) = line.split_once(":\t").expect("a name and a set");
        let set = u64::from_str_radix(set, 16).expect("a number");
        assert_eq!(set & !own, 0, "{name} {set:x}");
    }
}

/// `Service::new` takes a command by value, by reference, and as the result of the builder's
/// methods.
#[ns_test(pid)]
fn commands_in_every_form() -> Result<(), Error> {
    let mut command = server("run");
    Service::new(&command).start()?;
    Service::new(&mut command).start()?;
    Service::new(command).start()?;
    Service::new(Command::new("sleep").args(["600"]))
        .start()
        .map(drop)
}

#[ns_test(net, pid)]
fn a_socket_is_handed_over() -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:80").expect("it is free");
    let mut client = TcpStream::connect("127.0.0.1:80").expect("it listens");
    client.write_all(b"hello").expect("it is queued");
    let _service = Service::new(server("echo 3 run"))
        .socket(&listener)
        .ready(Ready::port(80))
        .start()?;
    drop(listener);
    let mut answer = [0; 5];
    client.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"hello");
    Ok(())
}

#[ns_test(net, pid)]
fn several_sockets_are_handed_over() {
    let (one, two) = (
        TcpListener::bind("127.0.0.1:80").expect("it is free"),
        TcpListener::bind("127.0.0.1:81").expect("it is free"),
    );
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "echo $LISTEN_FDS; test $LISTEN_PID = $$ && echo mine; readlink /proc/$$/fd/3 /proc/$$/fd/4 | grep -c socket; \
        echo end of output; sleep 600",
    ]);
    let service = Service::new(&command).socket(one).socket(two);
    let service = service.ready(Ready::log("end of output")).start();
    let lines = service.expect("it starts").last_lines();
    assert_eq!(lines, ["2", "mine", "2", "end of output"]);
}

/// A descriptor that the test closes is closed everywhere, because the supervisor has no copy.
#[ns_test(net, pid)]
fn the_tests_own_sockets_are_not_kept() -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:80").expect("it is free");
    let _service = Service::new(server("run")).start()?;
    drop(listener);
    TcpListener::bind("127.0.0.1:80").expect("it is free again");
    Ok(())
}
