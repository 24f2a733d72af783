//! Files that an earlier service has left: a pid file, a socket file. Neither must be taken as a
//! sign of this service.

use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;

use ns_test::ns_test;
use ns_test::service::{Error, Ready, Service};
use ns_test_suite::raw;

use crate::server::server;

/// Writes the pid of another running process. A program that trusts the file signals that process.
fn write_stale_pid_file() -> u32 {
    let other = Command::new("sleep").arg("600").spawn();
    let other = other.expect("sleep runs").id();
    fs::write("/tmp/pid", other.to_string()).expect("/tmp is the test's own");
    other
}

/// The daemon is found among the processes of the service, not in its pid file.
#[ns_test(pid, mount)]
fn a_pid_file_does_not_name_the_daemon() -> Result<(), Error> {
    let other = write_stale_pid_file();
    let service = Service::new(server("daemon run")).ready(Ready::exit());
    let service = service.start()?;
    assert_ne!(service.id()?, other);
    service.stop()?;
    let other = i32::try_from(other).expect("a pid");
    raw::kill(other, 0).expect("the other process still runs");
    Ok(())
}

/// A daemon that writes its pid file later is not ready before that, and the stale one is replaced.
#[ns_test(pid, mount)]
fn a_pid_file_is_replaced() -> Result<(), Error> {
    let other = write_stale_pid_file();
    let is_new = move || {
        let text = fs::read_to_string("/tmp/pid").unwrap_or_default();
        text.parse() != Ok(other) && !text.is_empty()
    };
    let service = Service::new(server("daemon sleep 50 touch /tmp/pid run"))
        .ready(Ready::exit().and(Ready::when(is_new)))
        .start()?;
    let written = fs::read_to_string("/tmp/pid").expect("it is written");
    assert_eq!(written, service.id()?.to_string());
    Ok(())
}

/// The file blocks a server that does not remove it (EADDRINUSE). The error is returned at once,
/// with the server's own message.
#[ns_test(pid, mount)]
fn a_socket_file_blocks_a_server_that_keeps_it() {
    drop(UnixListener::bind("/tmp/s.sock").expect("the path is free"));
    let service = Service::new(server("unix /tmp/s.sock run"));
    let service = service.ready(Ready::listening("/tmp/s.sock"));
    let error = service.start().expect_err("the address is in use");
    assert!(!error.is_timeout(), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("before it was ready\n  waiting for the socket /tmp/s.sock to listen"),
        "{text}"
    );
    assert!(text.contains("AddrInUse"), "{text}");
}

/// A restart after a crash finds the socket file of the crashed server.
#[ns_test(pid, mount)]
fn a_socket_file_of_a_crash_is_replaced() -> Result<(), Error> {
    let service = Service::new(server("remove /tmp/s.sock sleep 30 unix /tmp/s.sock run"))
        .ready(Ready::listening("/tmp/s.sock"))
        .start()?;
    service.signal(libc::SIGKILL)?;
    service.restart()?;
    UnixStream::connect("/tmp/s.sock").expect("the new server listens");
    Ok(())
}

/// Leaves a socket file. A preparation removes sockets when it ends, so that the tests' servers can
/// bind the path.
fn leaves_a_socket(directory: &Path) {
    drop(UnixListener::bind(directory.join("s.sock")).expect("the path is free"));
}

#[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", leaves_a_socket)))]
fn a_preparation_leaves_no_socket_file() -> Result<(), Error> {
    Service::new(server("unix /srv/data/s.sock run"))
        .ready(Ready::listening("/srv/data/s.sock"))
        .start()
        .map(drop)
}
