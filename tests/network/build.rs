//! A network is ready after `build`: addresses, interfaces, the first packet.

use std::fs;
use std::net::{IpAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

use ns_test::network::{Host, Link, Network};
use ns_test::ns_test;
use ns_test_suite::raw;

use crate::traffic::{LONG, eventually};

/// Sends a first datagram from one host to another's address. It arrives.
pub(crate) fn first_datagram_arrives(from: &Host, to: &Host, address: IpAddr) {
    let receiver = to
        .run(|| UdpSocket::bind((address, 9)))
        .expect("the port is free");
    receiver
        .set_read_timeout(Some(LONG))
        .expect("a time to wait");
    let any: IpAddr = if address.is_ipv4() {
        [0; 4].into()
    } else {
        [0_u16; 8].into()
    };
    let sender = from
        .run(|| UdpSocket::bind((any, 0)))
        .expect("a port is free");
    sender
        .send_to(b"first", (address, 9))
        .expect("there is a route");
    let mut bytes = [0; 8];
    let length = receiver.recv(&mut bytes).unwrap_or_else(|error| {
        let counters = |name: &str| fs::read_to_string(format!("/proc/thread-self/net/{name}"));
        let [v4, v6] = to.run(|| ["snmp", "snmp6"].map(counters));
        panic!("it never arrived at {address}: {error}\n{v4:?}\n{v6:?}")
    });
    assert_eq!(&bytes[..length], b"first");
}

#[ns_test(net, mount)]
fn the_first_datagram_arrives_on_a_direct_link() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, Link::direct());
    let network = plan.build().expect("a network");
    for address in network[b].addresses() {
        first_datagram_arrives(&network[a], &network[b], *address);
    }
}

#[ns_test(net, mount)]
fn the_first_datagram_arrives_by_the_wire() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, Link::new());
    let network = plan.build().expect("a network");
    for address in network[b].addresses() {
        first_datagram_arrives(&network[a], &network[b], *address);
    }
}

#[ns_test(net, mount)]
fn link_local_addresses_can_be_used_at_once() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, Link::new());
    let network = plan.build().expect("a network");
    let listener = network[b]
        .run(|| TcpListener::bind("[::]:80"))
        .expect("a port");
    // The second interface created. RFC 4291 derives its address from its MAC; index 100 is `eth0`.
    let address =
        std::net::SocketAddrV6::new("fe80::6e:74ff:fe00:2".parse().expect("one"), 80, 0, 100);
    let _client = network[a]
        .run(|| TcpStream::connect(address))
        .expect("it listens");
    listener.accept().expect("a connection");
}

#[ns_test(net, mount)]
fn a_family_can_be_left_out() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, Link::new());
    let of = |plan: &ns_test::network::Plan| {
        let network = plan.build().expect("a network");
        let interfaces = network[a].run(|| fs::read_to_string("/proc/thread-self/net/if_inet6"));
        let eth0 = interfaces.is_ok_and(|text| text.contains("eth0"));
        (network[a].addresses().to_vec(), eth0)
    };
    let [v4, v6] = ["10.0.0.1", "fd00::1"].map(|text| text.parse::<IpAddr>().expect("one"));
    assert_eq!(of(&plan), (vec![v4, v6], true));
    assert_eq!(of(plan.clone().v4_only()), (vec![v4], false));
    assert_eq!(of(plan.clone().v6_only()), (vec![v6], true));
}

#[ns_test(net, mount)]
fn addresses_are_those_of_the_plan() {
    let mut plan = Network::plan();
    let (a, b, c) = (plan.host("a"), plan.host("b"), plan.router("c"));
    plan.link(a, c, Link::new());
    let second = plan.link(b, c, Link::new());
    plan.address(a, "192.0.2.6/29").address(c, "192.0.2.1/29");
    plan.address_on(c, second, "2001:db8::9/64")
        .address_on(b, second, "203.0.113.5/31");
    let network = plan.build().expect("a network");
    let expected = |text: &[&str]| -> Vec<IpAddr> {
        text.iter().map(|text| text.parse().expect("one")).collect()
    };
    assert_eq!(network[a].addresses(), expected(&["192.0.2.6", "fd00::1"]));
    assert_eq!(
        network[b].addresses(),
        expected(&["203.0.113.5", "2001:db8::1"])
    );
    let of_c = ["192.0.2.1", "fd00::2", "203.0.113.4", "2001:db8::9"];
    assert_eq!(network[c].addresses(), expected(&of_c));
    // The kernel has these addresses, and no others except link-local ones and those of `lo`.
    let table = network[c].run(|| fs::read_to_string("/proc/thread-self/net/if_inet6"));
    let table = table.expect("it can be read");
    let global = table
        .lines()
        .filter(|line| line.contains("eth") && !line.starts_with("fe80"));
    assert_eq!(global.count(), 2, "{table}");
    for address in network[b].addresses() {
        first_datagram_arrives(&network[a], &network[b], *address);
    }
}

/// Two networks of one plan have the same names.
#[ns_test(net, mount)]
fn a_plan_can_be_built_twice() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, Link::new());
    let [first, second] = [(); 2].map(|()| plan.build().expect("a network"));
    drop(first);
    first_datagram_arrives(&second[a], &second[b], second[b].addresses()[0]);
    assert!(("b", 80).to_socket_addrs().is_ok());
    drop(second);
    assert!(("b", 80).to_socket_addrs().is_err());
}

/// A forked child has copies of all handles, and drops them when it exits.
#[ns_test(net, mount)]
fn a_forked_copy_does_not_end_it() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    let link = plan.link(a, b, Link::new());
    let network = plan.build().expect("a network");
    let cut = network.cut(link);
    if raw::fork().expect("a child") {
        drop((network, cut));
        raw::exit_now(0);
    }
    assert_eq!(raw::wait_for_child().expect("it exits"), 0);
    assert!(("b", 80).to_socket_addrs().is_ok());
    let socket = |host| network[host].run(|| UdpSocket::bind("[::]:7000").expect("a port"));
    let (from, to) = (socket(a), socket(b));
    from.send_to(b"?", "b:7000").expect("it is sent");
    eventually(|| network.stats().sent(a, link).cut == 1);
    drop(cut);
    from.send_to(b"?", "b:7000").expect("it is sent");
    to.recv(&mut [0]).expect("it arrives");
}

/// On a machine with many processors, the files of the default number of queues are most of the
/// cost of a link.
#[ns_test(net, mount)]
fn an_interface_has_one_queue() {
    for link in [Link::new(), Link::direct()] {
        let mut plan = Network::plan();
        let (a, b) = (plan.host("a"), plan.host("b"));
        plan.link(a, b, link);
        let network = plan.build().expect("a network");
        for host in [a, b] {
            let mut list = network[host].command("ls");
            let output = list.arg("/sys/class/net/eth0/queues").output();
            let output = output.expect("it runs");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "rx-0\ntx-0\n");
        }
    }
}
