//! What a test does to a service: stop, restart, pause, signal.

use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use ns_test::ns_test;
use ns_test::service::{Error, Ready, Service};
use ns_test_suite::fixture::eventually;

use crate::ending::processes;
use crate::server::server;

#[ns_test(pid)]
fn stop_is_graceful() -> Result<(), Error> {
    let service = Service::new(server("run")).start()?;
    let status = service.stop()?;
    assert_eq!(status.signal(), Some(libc::SIGTERM));
    assert_eq!(service.exit_status()?, Some(status));
    let error = service.stop().expect_err("it is stopped").to_string();
    assert!(
        error.contains("is not running: it was killed by SIGTERM"),
        "{error}"
    );
    Ok(())
}

#[ns_test(pid)]
fn stop_has_a_signal_of_its_own() -> Result<(), Error> {
    let service = Service::new(server("ignore 15 say up run"))
        .ready(Ready::log("up"))
        .stop_signal(libc::SIGINT)
        .start()?;
    assert_eq!(service.stop()?.signal(), Some(libc::SIGINT));
    Ok(())
}

#[ns_test(pid)]
fn stop_ends_what_does_not() -> Result<(), Error> {
    let before = processes();
    let service = Service::new(server("ignore 15 child run say up run"))
        .ready(Ready::log("up"))
        .start()?;
    // Set after the start, so that only the stop has a short time limit.
    let service = service.timeout(Duration::from_millis(300));
    let error = service.stop().expect_err("it ignores the signal");
    assert!(error.is_timeout());
    assert!(
        error
            .to_string()
            .contains("did not stop within 300ms of SIGTERM and was killed"),
        "{error}"
    );
    // The supervisor is still there.
    assert_eq!(processes(), before + 1);
    Ok(())
}

#[ns_test(pid, net)]
fn restart_is_a_new_process() -> Result<(), Error> {
    let service = Service::new(server("say up tcp 80 run"))
        .ready(Ready::port(80).and(Ready::log("up")))
        .start()?;
    let first = service.id()?;
    service.restart()?;
    assert_ne!(service.id()?, first);
    TcpStream::connect("127.0.0.1:80").expect("it listens again");
    Ok(())
}

#[ns_test(pid, mount)]
fn restart_waits_for_a_new_notification() -> Result<(), Error> {
    let service = Service::new(server("notify READY=1 touch /tmp/notified run"))
        .ready(Ready::notified())
        .start()?;
    service.stop()?;
    let _ = std::fs::remove_file("/tmp/notified");
    service.restart()?;
    assert!(eventually(|| Path::new("/tmp/notified").exists()));
    Ok(())
}

/// A crash leaves children, which a service manager would kill.
#[ns_test(pid, net)]
fn restart_after_a_crash() -> Result<(), Error> {
    let service = Service::new(server("child tcp+80+run run"))
        .ready(Ready::port(80))
        .start()?;
    service.signal(libc::SIGKILL)?;
    service.restart()?;
    TcpStream::connect("127.0.0.1:80").expect("it listens again");
    Ok(())
}

#[ns_test(pid, net)]
fn paused_processes_do_not_run() -> Result<(), Error> {
    let service = Service::new(server("child tcp+80+run run"))
        .ready(Ready::port(80))
        .start()?;
    service.pause()?;
    let states = || {
        let pids = std::fs::read_dir("/proc")
            .expect("/proc is there")
            .flatten();
        let stats = pids.filter_map(|pid| std::fs::read_to_string(pid.path().join("stat")).ok());
        stats.filter(|stat| stat.contains(") T ")).count()
    };
    assert_eq!(states(), 2);
    service.resume()?;
    assert!(eventually(|| states() == 0));
    service.pause()?;
    // A stopped process does not handle SIGTERM, so it is resumed first.
    assert_eq!(service.stop()?.signal(), Some(libc::SIGTERM));
    Ok(())
}

#[ns_test(pid)]
fn signals_reach_the_main_process() -> Result<(), Error> {
    let service = Service::new(server("run")).start()?;
    service.signal(libc::SIGUSR1)?;
    assert!(eventually(|| service
        .exit_status()
        .is_ok_and(|status| status.is_some())));
    let status = service.exit_status()?.expect("it has ended");
    assert_eq!(status.signal(), Some(libc::SIGUSR1));
    let error = service.signal(libc::SIGHUP).expect_err("it is gone");
    assert_eq!(error.exit_status(), Some(status));
    Ok(())
}

#[ns_test(pid)]
fn a_signal_that_there_is_not() -> Result<(), Error> {
    let service = Service::new(server("run")).start()?;
    let error = service.signal(99).expect_err("there is no such signal");
    assert!(
        error
            .to_string()
            .contains("can't be sent signal 99: EINVAL"),
        "{error}"
    );
    Ok(())
}
