//! `ipc`. Each pair of tests uses the same names at the same time.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_suite::raw;

const KEY: i32 = 0x6e73;

/// musl keeps a semaphore where it keeps memory: of all names that one has to differ.
fn uses_every_name() {
    raw::shared_memory(KEY, true).expect("nobody has this segment");
    raw::semaphores(KEY, true).expect("nobody has these semaphores");
    raw::message_queue(KEY, true).expect("nobody has this queue");
    raw::posix_queue("/ns-test").expect("nobody has this queue");
    raw::posix_memory("/ns-test").expect("nobody has this memory");
    raw::posix_semaphore(c"/ns-test-semaphore").expect("nobody has this semaphore");
    thread::sleep(Duration::from_millis(100));
}

#[ns_test(ipc)]
fn names_are_its_own_1() {
    uses_every_name();
}

#[ns_test(ipc)]
fn names_are_its_own_2() {
    uses_every_name();
}

#[ns_test(ipc)]
fn queues_can_be_listed() {
    raw::posix_queue("/listed").expect("a queue");
    // Not every machine has the mount point. What is mounted there is the namespace's in any case.
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
