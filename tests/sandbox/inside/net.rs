//! `net`.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;

use ns_test::ns_test;
use ns_test_suite::{host, raw};

fn talks_over(address: &str) {
    let server = TcpListener::bind((address, 80)).expect("port 80 is free");
    let mut client = TcpStream::connect((address, 80)).expect("lo is up");
    client.write_all(b"hello").expect("it can be written");
    drop(client);
    let mut text = String::new();
    server
        .accept()
        .expect("a connection")
        .0
        .read_to_string(&mut text)
        .expect("it can be read");
    assert_eq!(text, "hello");
}

#[ns_test(net)]
fn loopback_works_in_the_first_line() {
    talks_over("127.0.0.1");
    talks_over("::1");
}

#[ns_test(net)]
fn has_loopback_and_nothing_else() {
    assert_eq!(host::interfaces(), ["lo"]);
}

#[ns_test(net, mount)]
fn sysfs_shows_its_own_interfaces() {
    let names: Vec<_> = fs::read_dir("/sys/class/net")
        .expect("/sys is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !host::is_fallback(name))
        .collect();
    assert_eq!(names, ["lo"]);
}

#[ns_test(net(lo = false))]
fn loopback_can_stay_down() {
    let refused = TcpStream::connect("127.0.0.1:80").expect_err("nothing is up");
    assert_eq!(refused.kind(), std::io::ErrorKind::NetworkUnreachable);
}

#[ns_test(net)]
fn ping_works() {
    raw::ping().expect("an answer");
}

#[ns_test(net, user(uid = 1000, gid = 1000))]
fn ping_and_low_ports_work_for_an_ordinary_user() {
    raw::ping().expect("an answer");
    talks_over("127.0.0.1");
}

#[ns_test(net, user(uid = 1000, gid = 1000, caps = "none"))]
fn ping_and_low_ports_work_without_capabilities() {
    raw::ping().expect("an answer");
    talks_over("127.0.0.1");
}

#[ns_test(net(
    sysctl("ipv4.ip_forward", 1),
    sysctl("ipv6/conf/lo/disable_ipv6", true),
    sysctl("ipv4.tcp_congestion_control", "reno")
))]
fn sysctls_are_set() {
    let read = |key| {
        fs::read_to_string(format!("/proc/sys/net/{key}"))
            .expect("it can be read")
            .trim()
            .to_owned()
    };
    assert_eq!(read("ipv4/ip_forward"), "1");
    assert_eq!(read("ipv6/conf/lo/disable_ipv6"), "1");
    assert_eq!(read("ipv4/tcp_congestion_control"), "reno");
}

#[ns_test(net)]
fn may_make_links() {
    if !host::has_program("ip") {
        ns_test::skip!("iproute2 is not installed");
    }
    let made = Command::new("ip")
        .args(["link", "add", "a0", "type", "veth", "peer", "name", "b0"])
        .output();
    let made = made.expect("iproute2 is installed");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    assert!(host::interfaces().contains(&"a0".to_owned()));
}

#[ns_test(net)]
fn udp_works_too() {
    let one = UdpSocket::bind("127.0.0.1:53").expect("port 53 is free");
    one.send_to(b"x", "127.0.0.1:53").expect("lo is up");
    assert_eq!(one.recv(&mut [0; 8]).expect("a datagram"), 1);
}

/// `runtime_built`, which has seen the host's /sys, checks that it is the same.
#[ns_test(net(sys = false), mount)]
fn the_network_works_with_the_hosts_sys() {
    assert_eq!(host::interfaces(), ["lo"]);
    talks_over("127.0.0.1");
}
