//! Each condition except those of sockets, met and not met.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;
use ns_test::service::{Error, Ready, Service};
use ns_test_suite::raw;

use crate::server::server;

/// Long enough under any load. A condition that fails here is never met.
const SHORT: Duration = Duration::from_secs(1);

pub(crate) fn ready(script: &str, ready: Ready) -> Result<Service, Error> {
    Service::new(server(script)).ready(ready).start()
}

pub(crate) fn never(script: &str, ready: Ready) -> String {
    let service = Service::new(server(script)).ready(ready).timeout(SHORT);
    let error = service.start().expect_err("it is never ready");
    assert!(error.is_timeout(), "{error}");
    error.to_string()
}

#[ns_test(mount, pid)]
fn notified() -> Result<(), Error> {
    let service = ready("notify READY=1 run", Ready::notified())?;
    // Dropping the service also removes its socket.
    drop(service);
    let left = std::fs::read_dir("/tmp").expect("/tmp is there").count();
    assert_eq!(left, 0);
    Ok(())
}

#[ns_test(mount, pid)]
fn notified_by_a_child() -> Result<(), Error> {
    ready("child notify+READY=1+run run", Ready::notified()).map(drop)
}

#[ns_test(mount, pid)]
fn never_notified() {
    let error = never(
        "notify STATUS=loading notify READY=0 run",
        Ready::notified(),
    );
    assert!(
        error.contains("waiting for READY=1 on NOTIFY_SOCKET"),
        "{error}"
    );
    assert!(error.contains("its status: loading"), "{error}");
}

#[ns_test(mount, pid)]
fn a_service_can_ask_for_more_time() -> Result<(), Error> {
    Service::new(server(
        "notify EXTEND_TIMEOUT_USEC=60000000 sleep 400 notify READY=1 run",
    ))
    .ready(Ready::notified())
    .timeout(SHORT)
    .start()
    .map(drop)
}

/// The socket's directory is removed even if the start failed or the supervisor was killed.
#[ns_test(mount, pid)]
fn the_notification_socket_does_not_stay() {
    let left = || std::fs::read_dir("/tmp").expect("/tmp is there").count();
    let invalid = Service::new(server("run").arg("a\0b")).ready(Ready::notified());
    invalid.start().expect_err("a NUL byte");
    assert_eq!(left(), 0, "it was not started");
    let service = ready("notify READY=1 run", Ready::notified()).expect("it starts");
    raw::kill(-1, libc::SIGKILL).expect("there is something to kill");
    assert_eq!(left(), 1);
    drop(service);
    assert_eq!(left(), 0, "the supervisor was killed");
}

/// If no file can be created, the name is abstract.
#[ns_test(net, mount(ro = "/tmp"), pid, env("TMPDIR", "/proc"))]
fn notified_without_a_directory() -> Result<(), Error> {
    ready("notify READY=1 run", Ready::notified()).map(drop)
}

#[ns_test(pid)]
fn log() -> Result<(), Error> {
    ready(
        "say first complain second run",
        Ready::log("seco").and(Ready::log("first")),
    )
    .map(drop)
}

#[ns_test(pid)]
fn log_without_a_newline() -> Result<(), Error> {
    ready("prompt login: run", Ready::log("login:")).map(drop)
}

#[ns_test(pid)]
fn log_counts_lines() -> Result<(), Error> {
    drop(ready(
        "say ready sleep 20 say ready run",
        Ready::log("ready").count(2),
    )?);
    let error = never("say ready run", Ready::log("ready").count(2));
    assert!(
        error.contains("\"ready\" in 2 lines of its output: lines with it so far: 1"),
        "{error}"
    );
    Ok(())
}

/// The service writes more than a pipe holds, and would block without a reader.
#[ns_test(pid)]
fn output_is_read() -> Result<(), Error> {
    let service = ready("flood 2000 say done run", Ready::log("done"))?;
    let lines = service.last_lines();
    assert_eq!(lines.len(), 50);
    assert_eq!(lines[49], "done");
    Ok(())
}

#[ns_test(pid)]
fn exit() -> Result<(), Error> {
    let service = ready(
        "daemon touch /tmp/pid sleep 50 run",
        Ready::exit().and(Ready::when(|| Path::new("/tmp/pid").exists())),
    )?;
    let pid = std::fs::read_to_string("/tmp/pid").expect("it is written");
    assert_eq!(service.id()?.to_string(), pid, "signals go to the daemon");
    service.stop()?;
    assert!(!Path::new("/proc").join(pid).exists());
    Ok(())
}

/// The first child of a double fork is still there when the program has exited.
#[ns_test(pid)]
fn exit_with_a_slow_child() -> Result<(), Error> {
    let service = ready("slow-daemon 300 touch /tmp/pid run", Ready::exit())?;
    let pid = std::fs::read_to_string("/tmp/pid").expect("it is written");
    assert_eq!(service.id()?.to_string(), pid, "not the child that exits");
    assert_eq!(service.exit_status()?, None);
    Ok(())
}

/// A daemon that never sleeps is also found.
#[ns_test(pid)]
fn exit_and_compute() -> Result<(), Error> {
    let service = ready("daemon slow-daemon 60000", Ready::exit())?;
    service.stop().map(drop)
}

#[ns_test(net, pid)]
fn exit_and_port() -> Result<(), Error> {
    ready(
        "daemon sleep 30 tcp 80 run",
        Ready::exit().and(Ready::port(80)),
    )
    .map(drop)
}

#[ns_test(pid, mount)]
fn command() -> Result<(), Error> {
    let mut check = Command::new("test");
    check.args(["-e", "/tmp/there"]);
    ready("sleep 50 touch /tmp/there run", Ready::command(&check)).map(drop)
}

#[ns_test(pid)]
fn command_that_never_succeeds() {
    let mut check = Command::new("sh");
    check.args(["-c", "echo no such database >&2; exit 2"]);
    let error = never("run", Ready::command(check));
    assert!(
        error.contains("waiting for `sh` to exit with status 0: exit status: 2: no such database"),
        "{error}"
    );
}

/// The check program is killed at the timeout.
#[ns_test(pid)]
fn command_that_never_ends() {
    let error = never("run", Ready::command(Command::new("sleep").arg("600")));
    assert!(error.contains("waiting for `sleep` to exit"), "{error}");
    assert!(!raw::has_children());
}

#[ns_test(pid)]
fn command_that_is_not_there() {
    let check = Command::new("/no/such/program");
    let error = Service::new(server("run"))
        .ready(Ready::command(&check))
        .start()
        .expect_err("there is no such program");
    assert!(!error.is_timeout());
    assert!(
        error
            .to_string()
            .contains("`program` can't be run: No such file"),
        "{error}"
    );
}

#[ns_test(pid)]
fn when() -> Result<(), Error> {
    let mut looks = 0;
    let third = move || {
        looks += 1;
        looks == 3
    };
    ready("run", Ready::when(third)).map(drop)
}

#[ns_test(pid)]
fn when_it_never_is() {
    let error = never("run", Ready::when(|| false));
    assert!(
        error.contains("waiting for a function to return true"),
        "{error}"
    );
}

/// All conditions of a combination are checked in order.
#[ns_test(net, pid)]
fn and() {
    let error = never(
        "tcp 80 say up run",
        Ready::port(80).and(Ready::log("up")).and(Ready::port(81)),
    );
    assert!(error.contains("waiting for TCP port 81"), "{error}");
}

/// Several services start at the same time.
#[ns_test(net, pid)]
fn spawn_and_wait() -> Result<(), Error> {
    let one = Service::new(server("sleep 30 tcp 81 run"))
        .ready(Ready::port(81))
        .spawn()?;
    let two = Service::new(server("sleep 30 tcp 82 run"))
        .ready(Ready::port(82))
        .spawn()?;
    two.wait()?;
    one.wait()?;
    Ok(())
}

#[ns_test(net, pid)]
fn without_a_condition_it_is_ready_at_once() -> Result<(), Error> {
    let service = Service::new(server("run")).start()?;
    assert_eq!(service.exit_status()?, None);
    Ok(())
}

/// A test may call `unshare` and `fork` afterwards.
#[ns_test(pid, net)]
fn the_test_keeps_its_one_thread() -> Result<(), Error> {
    let _service = ready("tcp 80 run", Ready::port(80))?;
    let threads = std::fs::read_dir("/proc/self/task").expect("/proc is there");
    assert_eq!(threads.count(), 1);
    assert!(!raw::has_children(), "and no child that it does not know");
    Ok(())
}
