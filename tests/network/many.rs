//! A thousand networks, one after another: the first packet of each arrives, and nothing is left.

use std::time::Duration;
use std::{env, fs, thread};

use ns_test::network::{Error, HostId, Link, Network, Plan};
use ns_test::ns_test;

use crate::build::first_datagram_arrives;

/// Sets how many networks a test makes: fewer on an emulated processor.
const NETWORKS: &str = "NS_TEST_SUITE_NETWORKS";

/// What the kernel keeps for the test.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    processes: usize,
    threads: usize,
    descriptors: usize,
}

impl Kept {
    fn count() -> Self {
        let entries = |directory: &str| fs::read_dir(directory).expect("it is there").flatten();
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let processes = entries("/proc");
        Self {
            processes: processes
                .filter(|entry| is_number(&entry.file_name().to_string_lossy()))
                .count(),
            threads: entries("/proc/self/task").count(),
            descriptors: entries("/proc/self/fd").count(),
        }
    }
}

/// Returns the memory of this process, in kB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("it is there");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.expect("the kernel counts it")
}

/// Limits the network namespaces that the test's user namespace may have. The kernel counts one
/// until its last interface and socket are gone.
fn limit_namespaces(most: usize) {
    let written = fs::write("/proc/sys/user/max_net_namespaces", most.to_string());
    written.expect("it is the test's own limit");
}

/// Builds the network as soon as the kernel has removed enough namespaces of earlier ones. One
/// worker of the kernel removes those of the whole machine, so that only the test's timeout is a
/// bound.
fn build(plan: &Plan) -> Network {
    loop {
        match plan.build() {
            Ok(network) => return network,
            Err(Error::Refused(refused)) if refused.errno().name() == Some("ENOSPC") => {}
            Err(other) => panic!("{other}"),
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Builds this many networks of two hosts, and counts what is left of them.
fn leave_nothing(networks: usize, wired: bool, connect: impl Fn(&mut Plan, [HostId; 2])) {
    /// Enough for networks that the kernel is still removing.
    const MOST: usize = 100;
    let make = |number: usize| {
        let mut plan = Network::plan();
        let hosts = ["a", "b"].map(|name| plan.host(name));
        connect(&mut plan, hosts);
        let network = build(&plan);
        // The family that goes first alternates: the first one may resolve the MAC for the second.
        let mut addresses = network[hosts[1]].addresses().to_vec();
        addresses.rotate_left(number % 2);
        for address in addresses {
            first_datagram_arrives(&network[hosts[0]], &network[hosts[1]], address);
        }
    };
    let networks = env::var(NETWORKS).map_or(networks, |number| number.parse().expect("a number"));
    limit_namespaces(MOST);
    (0..20).for_each(make);
    let (kept, size) = (Kept::count(), memory());
    (20..networks).for_each(make);
    assert_eq!(Kept::count(), kept);
    let grown = memory().saturating_sub(size);
    // A kernel that uses huge pages for everything counts 2 MiB for each.
    assert!(grown < 16 << 10, "{grown} kB more");

    // The test's own namespace, those of two hosts, and the hub.
    limit_namespaces(3 + usize::from(wired));
    make(networks);
}

#[ns_test(net, mount, pid, timeout = "600s")]
fn four_hundred_direct_links() {
    leave_nothing(400, false, |plan, [a, b]| {
        plan.link(a, b, Link::direct());
    });
}

#[ns_test(net, mount, pid, timeout = "600s")]
fn three_hundred_wired_links() {
    leave_nothing(300, true, |plan, [a, b]| {
        plan.link(a, b, Link::new());
    });
}

#[ns_test(net, mount, pid, timeout = "600s")]
fn three_hundred_switches() {
    leave_nothing(300, true, |plan, hosts| {
        plan.switch(&hosts, Link::new());
    });
}

/// Shows that `leave_nothing` can fail: it finds a namespace that something keeps.
#[ns_test(net, mount, pid)]
fn a_namespace_that_is_kept_counts() {
    let plan = |name: &str| {
        let mut plan = Network::plan();
        plan.host(name);
        plan
    };
    let kept = build(&plan("kept"));
    let host = kept.hosts().next().expect("one").clone();
    drop(kept);
    limit_namespaces(2);
    let refused = plan("refused").build().expect_err("one is still there");
    assert!(refused.to_string().contains("ENOSPC"), "{refused}");
    drop(host);
    drop(build(&plan("next")));
}
