//! Routers: forwarding, routes for the whole plan, address translation.

use std::net::{IpAddr, TcpListener, TcpStream};

use ns_test::network::{HostId, Link, Network};
use ns_test::ns_test;

/// Connects one host to each address of another, and returns the source addresses that the other
/// one sees.
fn connects(network: &Network, from: HostId, to: HostId) -> Vec<IpAddr> {
    let addresses = network[to].addresses().iter();
    let connect = |address: &IpAddr| {
        let listener = network[to]
            .run(|| TcpListener::bind((*address, 80)))
            .expect("a port");
        let client = network[from].run(|| TcpStream::connect((*address, 80)));
        let _client = client.unwrap_or_else(|error| panic!("{address}: {error}"));
        listener.accept().expect("a connection").1.ip()
    };
    addresses.map(connect).collect()
}

#[ns_test(net, mount)]
fn a_chain_of_routers_forwards() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    let routers: Vec<HostId> = (0..3)
        .map(|number| plan.router(format!("r{number}")))
        .collect();
    plan.link(a, routers[0], Link::direct());
    plan.link(routers[0], routers[1], Link::new());
    plan.link(routers[1], routers[2], Link::direct());
    plan.link(routers[2], b, Link::new());
    let network = plan.build().expect("a network");
    assert_eq!(connects(&network, a, b), network[a].addresses());
    assert_eq!(connects(&network, b, a), network[b].addresses());
    connects(&network, a, routers[2]);
    connects(&network, routers[0], b);
}

#[ns_test(net, mount)]
fn the_shortest_way_is_taken() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    let [near, far, farther] = ["near", "far", "farther"].map(|name| plan.router(name));
    plan.link(a, far, Link::new());
    plan.link(far, farther, Link::new());
    plan.link(farther, b, Link::new());
    let first = plan.link(a, near, Link::new());
    plan.link(near, b, Link::new());
    let network = plan.build().expect("a network");
    let listener = network[b]
        .run(|| TcpListener::bind("0.0.0.0:80"))
        .expect("a port");
    let address = network[b].addresses()[2];
    let _client = network[a]
        .run(|| TcpStream::connect((address, 80)))
        .expect("it listens");
    listener.accept().expect("a connection");
    assert!(network.stats().sent(a, first).seen > 0);
}

#[ns_test(net, mount)]
fn a_host_between_two_links_forwards_nothing() {
    let mut plan = Network::plan();
    let (a, between, b) = (plan.host("a"), plan.host("between"), plan.host("b"));
    plan.link(a, between, Link::new());
    plan.link(between, b, Link::new());
    let network = plan.build().expect("a network");
    let address = network[b].addresses()[0];
    let refused = network[a].run(|| TcpStream::connect((address, 80)));
    assert_eq!(
        refused.expect_err("no way leads there").kind(),
        std::io::ErrorKind::NetworkUnreachable
    );
}

#[ns_test(net, mount)]
fn masquerading_hides_a_network() {
    let mut plan = Network::plan();
    let (laptop, phone) = (plan.host("laptop"), plan.host("phone"));
    let (home, server) = (plan.router("home"), plan.host("server"));
    plan.switch(&[laptop, phone, home], Link::new());
    let uplink = plan.link(home, server, Link::new());
    plan.address(laptop, "192.168.0.10/24")
        .address(server, "198.51.100.2/24");
    plan.masquerade(home, uplink);
    let network = plan.build().expect("a network");
    let seen: Vec<IpAddr> = connects(&network, laptop, server);
    let outside: Vec<IpAddr> = ["198.51.100.1", "fd00:1::1"]
        .map(|text| text.parse().expect("one"))
        .to_vec();
    assert_eq!(seen, outside);
    assert_eq!(connects(&network, phone, server), outside);
    assert_eq!(
        connects(&network, laptop, phone),
        network[laptop].addresses()
    );
    let inside = network[laptop].addresses()[0];
    assert_eq!(inside.to_string(), "192.168.0.10");
    let refused = network[server].run(|| TcpStream::connect((inside, 80)));
    assert_eq!(
        refused.expect_err("no way leads in").kind(),
        std::io::ErrorKind::NetworkUnreachable
    );
}
