//! `user`.

use std::fs;
use std::process::Command;

use ns_test::ns_test;
use ns_test_suite::{host, raw};

/// Returns the effective capabilities in this process `status`.
fn capabilities(status: &str) -> u64 {
    let hex = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .expect("status has the line");
    u64::from_str_radix(hex.trim(), 16).expect("a number in hex")
}

fn own_capabilities() -> u64 {
    capabilities(&fs::read_to_string("/proc/self/status").expect("/proc is there"))
}

fn capabilities_of_a_child() -> u64 {
    let output = Command::new("cat")
        .arg("/proc/self/status")
        .output()
        .expect("cat runs");
    capabilities(&String::from_utf8_lossy(&output.stdout))
}

const NET_ADMIN: u32 = 12;
const SYS_ADMIN: u32 = 21;

fn has(set: u64, capability: u32) -> bool {
    set >> capability & 1 == 1
}

#[ns_test(user)]
fn is_root() {
    assert_eq!(raw::ids(), (0, 0));
    assert!(has(own_capabilities(), SYS_ADMIN));
    assert!(has(capabilities_of_a_child(), SYS_ADMIN));
}

#[ns_test(user(uid = 1000, gid = 1001))]
fn is_whom_it_wants() {
    assert_eq!(raw::ids(), (1000, 1001));
    assert!(has(own_capabilities(), NET_ADMIN));
    assert!(
        has(capabilities_of_a_child(), NET_ADMIN),
        "children keep the capabilities"
    );
}

#[ns_test(user(keep))]
fn keeps_its_own_ids() {
    let map = fs::read_to_string("/proc/self/uid_map").expect("/proc is there");
    let numbers: Vec<u32> = map
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    assert_eq!(numbers, [raw::ids().0, raw::ids().0, 1]);
    assert!(
        has(capabilities_of_a_child(), NET_ADMIN),
        "children keep the capabilities"
    );
}

#[ns_test(user(caps = "none"))]
fn starts_without_capabilities() {
    assert_eq!(own_capabilities(), 0);
    assert_eq!(capabilities_of_a_child(), 0);
}

#[ns_test(user)]
fn other_ids_do_not_exist() {
    assert!(raw::set_uid(1).is_err());
    assert!(raw::set_groups(&[]).is_err());
}

#[ns_test(mount, pid)]
fn host_sysctls_are_out_of_reach() {
    for file in [
        "/proc/sys/vm/swappiness",
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/panic",
    ] {
        let old = fs::read_to_string(file).expect("it can be read");
        let written = fs::write(file, &old);
        assert!(written.is_err(), "{file} could be written");
    }
    assert!(
        fs::write("/proc/sysrq-trigger", "h").is_err(),
        "/proc/sysrq-trigger could be written"
    );
}

#[ns_test(net)]
fn host_sysctls_are_out_of_reach_without_the_word_too() {
    let old = fs::read_to_string("/proc/sys/vm/swappiness").expect("it can be read");
    assert!(fs::write("/proc/sys/vm/swappiness", old).is_err());
    fs::write("/proc/sys/net/ipv4/ip_forward", "1").expect("but this is its own");
}

#[ns_test(mount)]
fn host_sysctls_are_out_of_reach_in_the_hosts_proc_too() {
    let old = fs::read_to_string("/proc/sys/vm/swappiness").expect("it can be read");
    assert!(fs::write("/proc/sys/vm/swappiness", old).is_err());
}

#[ns_test]
fn own_sysctls_can_be_written() {
    for file in [
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/net/ipv6/conf/lo/disable_ipv6",
    ] {
        fs::write(file, "1").unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(
            fs::read_to_string(file).expect("it can be read").trim(),
            "1"
        );
    }
    if let Some(why) = host::is_before(5, 19, "a write to the sysctls of an ipc namespace") {
        ns_test::skip!("{why}");
    }
    fs::write("/proc/sys/kernel/shmmni", "77").expect("it belongs to the ipc namespace");
}

#[ns_test(user, pid)]
fn is_not_real_root_though_it_looks_so() {
    assert!(host::is_real_root(), "capabilities inside are full");
    assert!(
        fs::write("/proc/1/oom_score_adj", "-1000").is_err(),
        "but the host's rules hold"
    );
}
