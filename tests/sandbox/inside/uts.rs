//! `uts`.

use std::fs;
use std::net::{IpAddr, ToSocketAddrs};

use ns_test::ns_test;
use ns_test_suite::raw;

fn host_name() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .expect("/proc is there")
        .trim()
        .to_owned()
}

fn domain_name() -> String {
    fs::read_to_string("/proc/sys/kernel/domainname")
        .expect("/proc is there")
        .trim()
        .to_owned()
}

#[ns_test(uts(hostname = "db1", domainname = "lab"))]
fn names_are_set() {
    assert_eq!(host_name(), "db1");
    assert_eq!(domain_name(), "lab");
}

#[ns_test(uts)]
fn names_may_be_changed() {
    raw::set_host_name("changed").expect("it is our own");
    assert_eq!(host_name(), "changed");
}

#[ns_test(uts(hostname = "db1.lab"), mount)]
fn its_name_resolves() {
    let addresses: Vec<IpAddr> = ("db1.lab", 80)
        .to_socket_addrs()
        .expect("it resolves")
        .map(|address| address.ip())
        .collect();
    assert!(
        addresses.iter().all(IpAddr::is_loopback) && !addresses.is_empty(),
        "{addresses:?}"
    );
    let localhost = ("localhost", 80)
        .to_socket_addrs()
        .expect("the old lines are still there");
    assert!(localhost.count() > 0);
}

#[ns_test(uts(hostname = "db1"), mount)]
fn nothing_of_that_shows_in_tmp() {
    let names: Vec<_> = fs::read_dir("/tmp")
        .expect("/tmp is there")
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name.to_string_lossy().starts_with("file-")),
        "{names:?}"
    );
}
