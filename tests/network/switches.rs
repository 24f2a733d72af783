//! Many hosts on one switch.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::Duration;

use ns_test::network::{HostId, Link, Network};
use ns_test::ns_test;

use crate::build::first_datagram_arrives;
use crate::traffic::{LONG, eventually};

/// Builds a network of this many hosts on one switch.
fn switch(count: usize, link: Link) -> (Network, Vec<HostId>) {
    let mut plan = Network::plan();
    let hosts: Vec<HostId> = (0..count)
        .map(|number| plan.host(format!("n{number}")))
        .collect();
    plan.switch(&hosts, link);
    (plan.build().expect("a network"), hosts)
}

/// Opens a socket on each host.
fn sockets(network: &Network, hosts: &[HostId], port: u16) -> Vec<UdpSocket> {
    let bind = |host: &HostId| {
        let socket = network[*host].run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)));
        let socket = socket.expect("a port");
        socket.set_read_timeout(Some(LONG)).expect("an option");
        socket
    };
    hosts.iter().map(bind).collect()
}

#[ns_test(net, mount, timeout = "120s")]
fn each_of_100_hosts_reaches_each_other_one() {
    let (network, hosts) = switch(100, Link::new());
    let sockets = sockets(&network, &hosts, 9);
    for (from, socket) in sockets.iter().enumerate() {
        for (to, host) in hosts.iter().enumerate().filter(|(to, _)| *to != from) {
            let address = network[*host].addresses()[0];
            socket
                .send_to(&[from.to_le_bytes()[0]], (address, 9))
                .expect("it can be sent");
            let mut byte = [0];
            sockets[to].recv(&mut byte).expect("it arrives");
            assert_eq!(usize::from(byte[0]), from);
        }
    }
}

#[ns_test(net, mount, timeout = "120s")]
fn the_largest_switch_has_253_hosts() {
    let (network, hosts) = switch(253, Link::new());
    let (first, last) = (&network[hosts[0]], &network[hosts[252]]);
    for address in last.addresses() {
        first_datagram_arrives(first, last, *address);
    }
}

#[ns_test(net, mount)]
fn a_broadcast_reaches_all_others() {
    let (network, hosts) = switch(5, Link::new().delay(Duration::from_millis(2)));
    let sockets = sockets(&network, &hosts, 9);
    sockets[0].set_broadcast(true).expect("an option");
    sockets[0]
        .send_to(b"all", "10.0.0.255:9")
        .expect("it can be sent");
    for socket in &sockets[1..] {
        socket.recv(&mut [0; 8]).expect("it arrives");
    }
    let total = network.stats().total();
    assert_eq!((total.seen, total.delivered), (1, 4));
}

#[ns_test(net, mount)]
fn multicast_reaches_the_members() {
    const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
    let (network, hosts) = switch(4, Link::new());
    let sockets = sockets(&network, &hosts, 9);
    let address = |host: HostId| match network[host].addresses()[0] {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => panic!("{address}"),
    };
    for (host, socket) in hosts.iter().zip(&sockets).skip(1).take(2) {
        let join = || socket.join_multicast_v4(&GROUP, &address(*host));
        network[*host].run(join).expect("it can join");
    }
    sockets[0]
        .send_to(b"group", (GROUP, 9))
        .expect("there is a route to all groups");
    for socket in &sockets[1..3] {
        let mut bytes = [0; 8];
        let length = socket.recv(&mut bytes).expect("it arrives");
        assert_eq!(&bytes[..length], b"group");
    }
    sockets[3].set_nonblocking(true).expect("an option");
    assert!(sockets[3].recv(&mut [0; 8]).is_err());
}

#[ns_test(net, mount)]
fn a_strange_address_is_flooded() {
    let (network, hosts) = switch(3, Link::new());
    let open = || ns_test_suite::raw::Frames::open("eth0");
    let sockets = hosts
        .iter()
        .map(|host| network[*host].run(open).expect("a socket"));
    let sockets: Vec<_> = sockets.collect();
    // A MAC that no interface has, like that of a container on a host.
    let frame = [
        &[2, 9, 9, 9, 9, 9, 2, 0, 0, 0, 0, 1, 0x88, 0xb5][..],
        &[0; 46],
    ]
    .concat();
    sockets[0].send(&frame).expect("it can be sent");
    for socket in &sockets[1..] {
        eventually(|| socket.receive().is_ok_and(|received| received == frame));
    }
}

#[ns_test(net, mount)]
fn a_delay_is_met_once() {
    const DELAY: Duration = Duration::from_millis(30);
    let (network, hosts) = switch(2, Link::new().delay(DELAY));
    let sockets = sockets(&network, &hosts, 9);
    let sent = std::time::Instant::now();
    let address = network[hosts[1]].addresses()[0];
    sockets[0]
        .send_to(b"?", (address, 9))
        .expect("it can be sent");
    sockets[1].recv(&mut [0; 8]).expect("it arrives");
    assert!(sent.elapsed() >= DELAY);
    // The conditions apply on the way to the switch, but not from it.
    let total = network.stats();
    assert_eq!(total.total().seen, 1);
}
