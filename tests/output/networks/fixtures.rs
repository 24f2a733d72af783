//! Tests with networks that end in every way.

use std::fs;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use ns_test::network::{HostId, Link, LinkId, Network};
use ns_test::ns_test;
use ns_test_suite::seccomp::{self, Rule};

/// Builds a client and a server, with a slow, captured link.
fn network(link: Link) -> (Network, [HostId; 2], LinkId) {
    let mut plan = Network::plan();
    let (client, server) = (plan.host("client"), plan.host("server"));
    let link = plan.link(client, server, link);
    plan.capture("packets.pcapng");
    (plan.build().expect("a network"), [client, server], link)
}

/// Sends datagrams to the server, and returns the server's socket.
fn send(network: &Network, [client, server]: [HostId; 2], count: u64) -> UdpSocket {
    let receiver = network[server]
        .run(|| UdpSocket::bind("0.0.0.0:9"))
        .expect("a port");
    let sender = network[client]
        .run(|| UdpSocket::bind("0.0.0.0:0"))
        .expect("a port");
    for _ in 0..count {
        sender
            .send_to(b"?", (network[server].addresses()[0], 9))
            .expect("it can be sent");
    }
    while network.stats().total().seen < count {
        thread::sleep(Duration::from_millis(1));
    }
    receiver
}

/// Returns the process of the wire, which is a child of the test.
fn wire() -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()));
    let children = children.expect("the kernel tells");
    let mut children = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok());
    children.find(|pid| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm"));
        name.is_ok_and(|name| name.trim() == "ns-test wire")
    })
}

fn kill_the_wire() {
    let wire = wire().expect("there is one").to_string();
    let killed = Command::new("kill").args(["-9", &wire]).status();
    assert!(killed.expect("it runs").success());
}

#[ns_test(net, mount, pid)]
fn passes() {
    let (network, hosts, _) = network(Link::new());
    let _receiver = send(&network, hosts, 3);
}

#[ns_test(net, mount, timeout = "120s")]
fn builds_many() {
    for _ in 0..50 {
        let mut plan = Network::plan();
        let hosts = ["a", "b", "c"].map(|name| plan.host(name));
        plan.switch(&hosts, Link::new());
        let network = plan.build().expect("a network");
        let _receiver = send(&network, [hosts[0], hosts[2]], 1);
    }
}

#[ns_test(net, mount, pid)]
fn builds_ten_and_fails() {
    for number in 1..=10 {
        let mut plan = Network::plan();
        let hosts = ["a", "b"].map(|name| plan.host(name));
        plan.link(hosts[0], hosts[1], Link::new());
        plan.capture("inner/packets.pcapng");
        let network = plan.build().expect("a network");
        let _receiver = send(&network, hosts, number);
        assert!(number < 10, "no answer");
    }
}

#[ns_test(net, mount, pid)]
fn captures_to_the_given_path() {
    let mut plan = Network::plan();
    let hosts = ["a", "b"].map(|name| plan.host(name));
    plan.link(hosts[0], hosts[1], Link::new());
    plan.capture(std::env::var_os("CAPTURE").expect("the check says where"));
    let _network = plan.build().expect("a network");
}

#[ns_test(net, mount, pid)]
fn panics_while_a_link_is_cut() {
    let (network, hosts, link) = network(Link::new().loss(0.25).delay(Duration::from_millis(1)));
    let _receiver = send(&network, hosts, 20);
    while network.stats().total().waiting > 0 {
        thread::sleep(Duration::from_millis(1));
    }
    let _cut = network.cut(link);
    let _one_way = network.cut_one_way(hosts[1], hosts[0]);
    panic!("no answer");
}

#[ns_test(net, mount, pid)]
fn returns_an_error() -> io::Result<()> {
    let (network, hosts, _) = network(Link::new());
    let _receiver = send(&network, hosts, 1);
    Err(io::Error::other("no answer"))
}

#[ns_test(net, mount, pid)]
#[should_panic(expected = "no answer")]
fn panics_as_it_should() {
    let (_network, ..) = network(Link::new());
    panic!("no answer");
}

#[ns_test(net, mount, pid)]
#[expect(clippy::disallowed_methods, reason = "what the fixture is for")]
fn exits() {
    let (_network, ..) = network(Link::new());
    std::process::exit(3);
}

#[ns_test(net, mount, pid)]
fn kills_itself() {
    let (_network, ..) = network(Link::new());
    let own = std::process::id().to_string();
    let _ = Command::new("kill").args(["-9", &own]).status();
    thread::sleep(Duration::from_secs(60));
}

#[ns_test(net, mount, pid, timeout = "1s")]
fn waits_for_ever() {
    let (network, hosts, link) = network(Link::new());
    let _cut = network.cut(link);
    let listener = network[hosts[1]]
        .run(|| TcpListener::bind("0.0.0.0:80"))
        .expect("a port");
    let _ = listener.accept();
}

#[ns_test(net, mount)]
fn waits_a_minute() {
    let (_network, ..) = network(Link::new());
    thread::sleep(Duration::from_secs(60));
}

#[ns_test(net, mount, pid)]
fn loses_its_wire_and_returns() {
    let (_network, ..) = network(Link::new());
    kill_the_wire();
}

#[ns_test(net, mount, pid)]
fn loses_its_wire_and_cuts() {
    let (network, _, link) = network(Link::new());
    kill_the_wire();
    let _cut = network.cut(link);
}

#[ns_test(net, mount, pid, timeout = "5s")]
fn loses_its_wire_and_waits() {
    let (network, hosts, _) = network(Link::new());
    let listener = network[hosts[1]]
        .run(|| TcpListener::bind("0.0.0.0:80"))
        .expect("a port");
    kill_the_wire();
    let _ = listener.accept();
}

/// Forbids the way back while it is on a host.
#[ns_test(net, mount, pid)]
fn cannot_leave_a_host() {
    let (network, hosts, _) = network(Link::new());
    network[hosts[0]]
        .run(|| seccomp::install(&[Rule::refuses(libc::SYS_setns)]).expect("a filter"));
}

#[ns_test(net, mount, pid, leftovers = "fail")]
fn keeps_its_network_for_ever() {
    static KEPT: OnceLock<Network> = OnceLock::new();
    let (network, ..) = network(Link::new());
    KEPT.set(network).expect("it is empty");
}

#[ns_test(net, mount, pid, leftovers = "fail")]
fn drops_its_network() {
    let (network, ..) = network(Link::new());
    assert!(wire().is_some());
    drop(network);
    assert!(wire().is_none());
}
