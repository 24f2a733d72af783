//! Host names: every host resolves them, and they last as long as their network.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use ns_test::network::{HostId, Link, Network};
use ns_test::ns_test;

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

/// `sethostname(2)` accepts 64 bytes and, by `hostname(7)`, no `_`. A name in `hosts(5)` can be
/// longer and have a `_`.
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

/// Uses the two ways for UDP by name that the documentation of `Plan::host` describes.
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
