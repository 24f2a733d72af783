//! Tests that are killed, or run too slowly for nextest. Each has a grandchild that has left its
//! session.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;

fn leave_a_daemon_and_sleep() {
    let mut daemon = Command::new("sleep");
    daemon.arg("61.61").process_group(0);
    daemon.spawn().expect("there is sleep");
    std::thread::sleep(Duration::from_secs(60));
}

#[ns_test]
fn in_all_namespaces() {
    leave_a_daemon_and_sleep();
}

#[ns_test(user)]
fn in_one_namespace() {
    leave_a_daemon_and_sleep();
}
