//! Tests with limits, for machines with and without a delegated cgroup. The checks run them.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command};

use ns_test::{LimitedBy, Mechanism, ns_test};

/// Reads a file of the test's own cgroup.
fn own(name: &str) -> String {
    let memberships = fs::read_to_string("/proc/self/cgroup").expect("/proc is there");
    let unified = memberships
        .lines()
        .find_map(|line| line.strip_prefix("0::/"));
    let directory = Path::new("/sys/fs/cgroup").join(unified.expect("version 2 is mounted"));
    let text = fs::read_to_string(directory.join(name)).expect("the controller is enabled");
    text.trim().to_owned()
}

#[ns_test(pid, limit(processes = 8, memory = "256MiB"))]
fn by_files_of_its_cgroup() {
    let LimitedBy {
        processes, memory, ..
    } = ns_test::limited_by();
    assert_eq!(
        [processes, memory],
        [Some(Mechanism::Cgroup), Some(Mechanism::Cgroup)]
    );
    assert_eq!(own("memory.max"), (256 << 20).to_string());
    // One more: init.
    assert_eq!(own("pids.max"), "9");
    let start = || Command::new("sleep").arg("600").spawn();
    let mut started: Vec<Child> = Vec::new();
    let refused = loop {
        match start() {
            Ok(child) => started.push(child),
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    // The test's own process is the eighth.
    assert_eq!(started.len(), 7);
    for mut child in started {
        child.kill().expect("it is a child");
        child.wait().expect("it is a child");
    }
}

/// The kernel kills it.
#[ns_test(pid, limit(memory = "64MiB"))]
fn takes_more_than_its_cgroup_has() {
    let all: Vec<u8> = vec![1; 128 << 20];
    drop(all);
}

#[ns_test(pid, limit(processes = 8, memory = "256MiB"))]
fn process_by_process() {
    let LimitedBy {
        processes, memory, ..
    } = ns_test::limited_by();
    assert_eq!(
        [processes, memory],
        [Some(Mechanism::Rlimit), Some(Mechanism::Rlimit)]
    );
}
