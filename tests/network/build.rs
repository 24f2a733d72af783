//! A network is ready after `build`: names, addresses, the first packet.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use ns_test::network::{Host, HostId, Link, Network};
use ns_test::ns_test;
use ns_test_suite::raw;

use crate::traffic::eventually;

/// Sends a first datagram from one host to another's address. It arrives.
pub(crate) fn first_datagram_arrives(from: &Host, to: &Host, address: IpAddr) {
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
        let interfaces =
            network[a].run(|| std::fs::read_to_string("/proc/thread-self/net/if_inet6"));
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
    let table = network[c].run(|| std::fs::read_to_string("/proc/thread-self/net/if_inet6"));
    let table = table.expect("it can be read");
    let global = table
        .lines()
        .filter(|line| line.contains("eth") && !line.starts_with("fe80"));
    assert_eq!(global.count(), 2, "{table}");
    for address in network[b].addresses() {
        first_datagram_arrives(&network[a], &network[b], *address);
    }
}

#[ns_test(net, mount)]
fn names_come_and_go_with_their_network() {
    let hosts = || std::fs::read_to_string("/etc/hosts").expect("it can be read");
    let before = hosts();
    let build = |name: &str| {
        let mut plan = Network::plan();
        plan.host(name);
        let other = plan.host(format!("{name}-peer"));
        let own = plan.host(format!("{name}-own"));
        plan.link(other, own, Link::direct());
        plan.build().expect("a network")
    };
    let first = build("first");
    let second = build("second");
    assert!(hosts().contains("\tfirst-own\n") && hosts().contains("\tsecond-own\n"));
    drop(first);
    assert!(!hosts().contains("first") && hosts().contains("\tsecond-own\n"));
    drop(second);
    assert_eq!(hosts(), before);
    let left = std::fs::read_dir("/tmp").expect("it is there").flatten();
    assert_eq!(
        left.filter(|entry| entry.file_name().to_string_lossy().contains("hosts"))
            .count(),
        0
    );
}

/// Two clients behind a home router, and a server.
fn home() -> (Network, [HostId; 2]) {
    let mut plan = Network::plan();
    let (laptop, phone) = (plan.host("laptop"), plan.host("phone"));
    let (home, server) = (plan.router("home"), plan.host("server"));
    plan.switch(
        &[laptop, phone, home],
        Link::new().delay(Duration::from_millis(2)),
    );
    let uplink = Link::new()
        .rate(20_000_000)
        .queue(Duration::from_millis(50))
        .loss(0.015);
    let uplink = plan.link(home, server, uplink);
    plan.masquerade(home, uplink).v4_only();
    (plan.build().expect("a network"), [laptop, server])
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

/// `sethostname(2)` takes 64 bytes and, by `hostname(7)`, no `_`. A name in `hosts(5)` has both.
#[ns_test(net, mount)]
fn a_host_can_have_a_long_name() {
    let part = "x".repeat(62);
    let long = ["first_one", &part, &part, &part, &part[..54]].join(".");
    assert_eq!(long.len(), 253);
    let mut plan = Network::plan();
    let (a, b) = (plan.host(&*long), plan.host("b"));
    plan.link(a, b, Link::new());
    let network = plan.build().expect("a network");
    assert_eq!(network[a].name(), long);
    let found = network[b].run(|| (&*long, 80).to_socket_addrs());
    assert_eq!(found.expect("it resolves").count(), 2);
    let output = network[a].command("hostname").output().expect("it runs");
    assert_eq!(output.stdout, b"first-one\n", "{output:?}");
}

#[ns_test(net, mount)]
fn a_network_is_drawn() {
    let (network, [laptop, server]) = home();
    let _cut = network.split(&[&[laptop], &[server]]);
    let text = "\
laptop  10.0.0.1
phone   10.0.0.2
home    10.0.0.3, 10.0.1.1  router, masquerades on home-server
server  10.0.1.2
switch
├─ delay 2ms ─ laptop
├─ delay 2ms ─ phone
└─ delay 2ms ─ home
home ── loss 1.5%, rate 20 Mbit/s, queue 50ms ── server
in force: split {laptop} | {server}
";
    assert_eq!(network.to_string(), text);
    let diagram = "\
graph LR
    h0[\"laptop<br/>10.0.0.1\"]
    h1[\"phone<br/>10.0.0.2\"]
    h2{{\"home<br/>10.0.0.3<br/>10.0.1.1<br/>masquerades on home-server\"}}
    h3[\"server<br/>10.0.1.2\"]
    s0((switch))
    h0 ---|\"delay 2ms\"| s0
    h1 ---|\"delay 2ms\"| s0
    h2 ---|\"delay 2ms\"| s0
    h2 ---|\"loss 1.5%, rate 20 Mbit/s, queue 50ms\"| h3
    f[/\"in force:<br/>split {laptop} | {server}\"/]
";
    assert_eq!(format!("{network:#}"), diagram);
}

#[ns_test(net, mount)]
fn a_drawing_tells_switches_and_cables_apart() {
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    let router = plan.router("r");
    let left = plan.switch(&[a, router], Link::new());
    plan.switch(&[b, router], Link::new().loss(0.1).from(router));
    let cable = plan.port(left, a);
    let network = plan.v4_only().build().expect("a network");
    network.set(cable, Link::new().delay(Duration::from_millis(2)));
    let text = network.to_string();
    let expected = "\
switch 1
├─ delay 2ms ─ a
└─── r
switch 2
├─── b
└─ loss 10% ─ r
";
    assert!(text.ends_with(expected), "{text}");
    let diagram = format!("{network:#}");
    let expected = "    s0((switch 1))
    h0 ---|\"delay 2ms\"| s0
    h2 --- s0
    s1((switch 2))
    h1 --- s1
    h2 ---|\"loss 10%\"| s1
";
    assert!(diagram.ends_with(expected), "{diagram}");
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

/// The ways that the documentation of `Plan::host` names for UDP by name.
#[ns_test(net, mount)]
fn udp_sockets_reach_a_name() {
    let mut plan = Network::plan();
    let (client, server) = (plan.host("client"), plan.host("server"));
    plan.link(client, server, Link::new());
    let send = |network: &Network, to: &str| {
        let bind = |host: HostId| network[host].run(|| UdpSocket::bind((to, 53)));
        let (receiver, sender) = (bind(server)?, bind(client)?);
        sender.send_to(b"?", "server:53")?;
        receiver.set_read_timeout(Some(Duration::from_secs(20)))?;
        receiver.recv(&mut [0; 1])
    };
    let both = plan.build().expect("a network");
    assert_eq!(send(&both, "::").expect("it arrives"), 1);
    let found = ("server", 53).to_socket_addrs().expect("a name").next();
    if found.is_some_and(|first| first.is_ipv6()) {
        let error = send(&both, "0.0.0.0").expect_err("the first address is of IPv6");
        assert_eq!(error.raw_os_error(), Some(libc::EAFNOSUPPORT));
    }
    drop(both);
    let v4 = plan.v4_only().build().expect("a network");
    assert_eq!(send(&v4, "0.0.0.0").expect("it arrives"), 1);
}
