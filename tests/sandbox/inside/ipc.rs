//! `ipc`. `tests/host/leaks/collisions.rs` checks that two tests may use one name at the same time.

use std::fs;
use std::path::Path;

use ns_test::ns_test;
use ns_test_suite::raw;

#[ns_test(ipc)]
fn queues_can_be_listed() {
    raw::posix_queue("/listed").expect("a queue");
    // Some machines lack the mount point. The mount there always belongs to the namespace.
    let place = if Path::new("/dev/mqueue").exists() {
        "/dev/mqueue"
    } else {
        "/tmp"
    };
    if place == "/tmp" {
        raw::mount("mqueue", place, "mqueue", 0).expect("we are root here");
    }
    let names: Vec<_> = fs::read_dir(place)
        .expect("it is mounted")
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect();
    assert_eq!(names, ["listed"]);
}

#[ns_test(ipc)]
fn dev_shm_is_empty() {
    assert_eq!(fs::read_dir("/dev/shm").expect("it is mounted").count(), 0);
}
