//! Tests that end before their processes. Each is followed by a test that must not pass through a
//! late report.

use std::os::unix::process::parent_id;
use std::process::exit;
use std::thread::sleep;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_suite::raw;

fn kill_init() {
    let init = i32::try_from(parent_id()).expect("pids are small");
    raw::kill(init, libc::SIGKILL).expect("a test may end its own init");
}

/// Its ids change after `PR_SET_PDEATHSIG`, which clears it.
#[ns_test(user(ids = "auto", become = 1))]
fn become_1_outlives_init() {
    kill_init();
    sleep(Duration::from_millis(300));
}

#[ns_test(user)]
fn become_2_exits() {
    sleep(Duration::from_millis(600));
    exit(0);
}

#[ns_test(user)]
fn killed_1_outlives_init() {
    kill_init();
    sleep(Duration::from_millis(300));
}

#[ns_test(user)]
fn killed_2_exits() {
    sleep(Duration::from_millis(600));
    exit(0);
}
