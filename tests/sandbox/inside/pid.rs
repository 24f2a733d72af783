//! `pid`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_suite::{fixture::eventually, raw};

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("/proc is there");
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids
}

#[ns_test(pid)]
fn is_number_two() {
    assert_eq!(std::process::id(), 2);
}

#[ns_test(pid)]
fn proc_shows_its_own_processes_only() {
    assert_eq!(processes(), [1, 2]);
}

#[ns_test(pid)]
fn orphans_are_reaped() {
    let status = Command::new("sh")
        .args(["-c", "sleep 0.01 & sleep 0.02 & exit 0"])
        .status()
        .expect("sh runs");
    assert!(status.success());
    assert!(eventually(|| processes() == [1, 2]), "{:?}", processes());
}

#[ns_test(pid)]
fn kill_all_stays_inside() {
    let mut child = Command::new("sleep")
        .arg("600")
        .spawn()
        .expect("sleep runs");
    // Does not reach the caller either.
    raw::kill(-1, libc::SIGKILL).expect("there is somebody");
    let status = child.wait().expect("it is a child");
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(libc::SIGKILL)
    );
}

#[ns_test(pid)]
fn init_can_not_be_killed_from_inside() {
    raw::kill(1, libc::SIGKILL).expect("the kernel takes it");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(processes(), [1, 2]);
}

#[ns_test(pid(proc = false))]
fn can_have_the_hosts_proc() {
    assert_eq!(std::process::id(), 2);
    let own =
        fs::read_link("/proc/self").expect("/proc is the host's, and knows us by another number");
    assert_ne!(own.to_str(), Some("2"));
}
