//! `user(host)`: features that only real root has.

use std::fs;

use ns_test::{Harness, Sandbox};
use ns_test_suite::{host, raw};

pub(crate) fn trials(harness: Harness) -> Harness {
    let host = || Sandbox::new().user_host();
    harness
        .trial(
            "real_root::keeps_its_user_namespace",
            host().net().mount().pid(),
            keeps_its_user_namespace,
        )
        .trial(
            "real_root::has_the_others",
            host().net().uts().pid(),
            has_the_others,
        )
        .trial("real_root::makes_devices", host().mount(), makes_devices)
}

fn keeps_its_user_namespace() {
    let map = fs::read_to_string("/proc/self/uid_map").expect("/proc is there");
    let numbers: Vec<&str> = map.split_whitespace().collect();
    assert_eq!(numbers, ["0", "0", "4294967295"]);
}

fn has_the_others() {
    assert_eq!(host::interfaces(), ["lo"]);
    assert_eq!(std::process::id(), 2);
    raw::set_host_name("inside").expect("it is our own");
}

/// The kernel refuses mknod in a user namespace, whatever capabilities the process has there.
fn makes_devices() {
    let made = std::process::Command::new("mknod")
        .args(["/tmp/null", "c", "1", "3"])
        .status()
        .expect("mknod runs");
    assert!(made.success());
}
