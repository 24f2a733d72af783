//! A network that was built is ready: names, addresses, the first packet.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use ns_test::network::{Host, Link, Network};
use ns_test::ns_test;

/// Whether the first datagram from one host to an address of another arrives.
fn first_datagram_arrives(from: &Host, to: &Host, address: IpAddr) {
    let receiver = to
        .run(|| UdpSocket::bind((address, 9)))
        .expect("the port is free");
    receiver
        .set_read_timeout(Some(Duration::from_secs(10)))
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
    let length = receiver.recv(&mut bytes).expect("it arrives");
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
fn names_resolve_on_every_host() {
    let mut plan = Network::plan();
    let long = "a-name.that-is-longer.than-any-interface.may-be.example";
    let (a, b) = (plan.host("client"), plan.host(long));
    plan.link(a, b, Link::new());
    let network = plan.build().expect("a network");
    let listener = network[b]
        .run(|| TcpListener::bind((long, 80)))
        .expect("its own name");
    let mut client = network[a]
        .run(|| TcpStream::connect((long, 80)))
        .expect("it listens");
    let (mut server, from) = listener.accept().expect("a connection");
    assert!(network[a].addresses().contains(&from.ip()), "{from}");
    client.write_all(b"hi").expect("it is open");
    server.read_exact(&mut [0; 2]).expect("it has been sent");
    let mut found: Vec<IpAddr> = (long, 0)
        .to_socket_addrs()
        .expect("a name")
        .map(|found| found.ip())
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(found, network[b].addresses());
}

/// So many labs of each kind, one after another.
fn first_datagrams_arrive(labs: usize, link: impl Fn() -> Link) {
    for lab in 0..labs {
        let mut plan = Network::plan();
        let (a, b) = (plan.host("a"), plan.host("b"));
        plan.link(a, b, link());
        let network = plan.build().expect("a network");
        // Which family goes first changes, since the first one may have opened the way for the second.
        let mut addresses = network[b].addresses().to_vec();
        addresses.rotate_left(lab % 2);
        for address in addresses {
            first_datagram_arrives(&network[a], &network[b], address);
        }
    }
}

#[ns_test(net, mount, timeout = "120s")]
fn the_first_datagram_arrives_in_many_direct_labs() {
    first_datagrams_arrive(300, Link::direct);
}

#[ns_test(net, mount, timeout = "120s")]
fn the_first_datagram_arrives_in_many_wired_labs() {
    first_datagrams_arrive(100, Link::new);
}
