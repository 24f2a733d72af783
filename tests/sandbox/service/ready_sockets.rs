//! Readiness by a socket: `Ready::{port, udp, listening}`, met and not met.

use std::net::{TcpListener, TcpStream};
use std::path::Path;

use ns_test::ns_test;
use ns_test::service::{Error, Ready, Service};

use crate::readiness::{never, ready};
use crate::server::server;

#[ns_test(net, pid)]
fn port() -> Result<(), Error> {
    let _four = ready("sleep 30 tcp 80 run", Ready::port(80))?;
    let _six = ready("sleep 30 tcp6 81 run", Ready::port(81))?;
    TcpStream::connect("127.0.0.1:80").expect("it listens");
    TcpStream::connect("[::1]:81").expect("it listens");
    Ok(())
}

/// Without `pid`, /proc shows all processes of the host.
#[ns_test(net)]
fn port_without_a_pid_namespace() -> Result<(), Error> {
    ready("sleep 30 tcp 80 run", Ready::port(80)).map(drop)
}

/// The pids in /proc differ from those that this process sees.
#[ns_test(net, pid(proc = false))]
fn port_without_an_own_proc() -> Result<(), Error> {
    let service = ready("sleep 30 tcp 80 run", Ready::port(80))?;
    service.stop().map(drop)
}

#[ns_test(net, pid)]
fn port_of_a_child() -> Result<(), Error> {
    ready("child tcp+80+run run", Ready::port(80)).map(drop)
}

#[ns_test(net, pid)]
fn port_that_is_never_opened() {
    let error = never("say hello tcp 81 run", Ready::port(80));
    assert!(error.contains("was not ready within 1s"), "{error}");
    assert!(
        error.contains("waiting for TCP port 80 to listen"),
        "{error}"
    );
    assert!(error.contains("its last lines:\n    hello"), "{error}");
}

#[ns_test(net, pid)]
fn port_that_another_process_has() {
    let _other = TcpListener::bind("127.0.0.1:80").expect("it is free");
    let error = never("run", Ready::port(80));
    assert!(
        error.contains("which is not a process of this service, has it open"),
        "{error}"
    );
    assert!(
        error.contains(&format!("(pid {})", std::process::id())),
        "{error}"
    );
}

#[ns_test(net, pid)]
fn udp() -> Result<(), Error> {
    ready("sleep 30 udp 53 run", Ready::udp(53)).map(drop)
}

#[ns_test(net, pid)]
fn a_tcp_port_is_no_udp_port() {
    let error = never("tcp 53 run", Ready::udp(53));
    assert!(
        error.contains("waiting for UDP port 53 to be bound"),
        "{error}"
    );
}

#[ns_test(mount, pid)]
fn listening() -> Result<(), Error> {
    ready(
        "sleep 30 unix /tmp/s.sock run",
        Ready::listening("/tmp/s.sock"),
    )
    .map(drop)
}

#[ns_test(mount, pid)]
fn listening_on_a_relative_path() -> Result<(), Error> {
    let command = server("unix s.sock run");
    std::fs::create_dir("/tmp/server").expect("/tmp is empty");
    let command = &mut { command };
    command.current_dir("/tmp/server");
    Service::new(command)
        .ready(Ready::listening("/tmp/server/s.sock"))
        .start()
        .map(drop)
}

/// The socket's file exists, but no process listens.
#[ns_test(mount, pid)]
fn a_stale_socket_is_not_ready() {
    drop(std::os::unix::net::UnixListener::bind("/tmp/s.sock").expect("the path is free"));
    assert!(Path::new("/tmp/s.sock").exists());
    let error = never("run", Ready::listening("/tmp/s.sock"));
    assert!(
        error.contains("the socket /tmp/s.sock to listen"),
        "{error}"
    );
}
