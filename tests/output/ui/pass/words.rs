//! Every option and key, in a crate that forbids and denies the usual lints.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications)]
#![deny(rust_2018_idioms, rust_2024_compatibility)]

use ns_test::ns_test;

#[ns_test]
fn bare() {}

#[ns_test(net, serial = "database")]
fn serial() {}

#[ns_test()]
fn empty_brackets() {}

#[ns_test(timeout = "1m30s")]
fn options_only() {}

#[ns_test(user, mount, pid, net, ipc, uts, cgroup, time)]
fn each() {}

#[ns_test(all)]
fn all() {}

#[ns_test(all, net(lo = false), time(uptime = "+1d12h"))]
fn all_refined() {}

#[ns_test(ipc(), cgroup())]
fn no_keys() {}

#[ns_test(user(uid = 1000, gid = 1_000))]
fn user_ids() {}

#[ns_test(user(keep, caps = "none"))]
fn user_keep() {}

#[ns_test(user(host), uts)]
fn user_host() {}

#[ns_test(user(ids = "auto", become = 1000))]
fn user_auto() {}

#[ns_test(user(
    ids = "0:100000:65536, 70000:200000:1",
    ids = "80000:300000:1",
    become = 70000
))]
fn user_ranges() {}

#[ns_test(mount(
    tmpfs = "/run",
    tmpfs("/x", size = "16MiB", mode = 0o1777),
    tmpfs("/y"),
    bind("fixtures", "/data"),
    bind("../fixtures", "/more", ro),
    ro = "/usr",
    ro = "/lib",
    overlay = "/etc",
    overlay("lower", "/srv"),
    overlay(["top", "/base"], "/opt", size = "2GiB"),
    overlay("/var/lib", size = "2GiB"),
    overlay = "/",
    root = "rootfs",
    tmp = "host",
    dev = "host",
    propagation = "slave",
))]
fn mounts() {}

#[ns_test(mount(
    prepared("/srv/one", fill),
    prepared("/srv/two", inner::fill, copy),
    prepared("/srv/three", fill, inputs("migrations", "/usr/bin/env"), upper = "disk", timeout = "2m"),
    prepared("/srv/four", result, from = fill),
    prepared("/srv/five", code, from(fill, inputs(["a", "b"]), from(result, timeout = "5s"))),
))]
fn prepared() {}

fn fill(_: &std::path::Path) {}

mod inner {
    pub(super) fn fill(_: &std::path::Path) {}
}

fn result(directory: &std::path::Path) -> std::io::Result<()> {
    std::fs::write(directory.join("file"), "x")
}

fn code(_: &std::path::Path) -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}

#[ns_test(mount(tmpfs("/tmp", size = "1GiB"), tmp = "private", dev = "own", propagation = "private"))]
fn mount_tmp() {}

#[ns_test(pid(proc = false))]
fn pid() {}

#[ns_test(net(sysctl("ipv4.ip_forward", 1), sysctl("ipv4.ping_group_range", "0 0")))]
fn net() {}

#[ns_test(net(sysctl("ipv6.conf.all.forwarding", true), sysctl("ipv4/conf/eth0.1/tag", -1)))]
fn net_values() {}

#[ns_test(uts(hostname = "db1.lab", domainname = "lab"))]
fn uts() {}

#[ns_test(time(monotonic = "-90s", boottime = "+500ms"))]
fn time() {}

#[ns_test(
    cwd = "fixtures",
    env("NAME", "value"),
    env("OTHER", ""),
    env(clear),
    env(keep = "PATH", keep = "HOME"),
    env(keep = "USER"),
    limit(processes = 64, memory = "256MiB", files = 128, cpu = "10s"),
    leftovers = "fail",
    refused = "skip",
    crate = ::ns_test
)]
fn options() {}

#[allow(dead_code)]
fn main() {}
