//! What the kernel has after a build, as `ip(8)` reads it: links, addresses, routes, neighbours.

use ns_test::network::{Host, Link, Network};
use ns_test::ns_test;

/// Returns the lines that `ip` prints on a host, with single spaces.
fn ip(host: &Host, arguments: &str) -> Vec<String> {
    let mut command = host.command("ip");
    let output = command
        .args(arguments.split(' '))
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect()
}

/// Builds two networks with a router between them.
fn routed() -> Network {
    let mut plan = Network::plan();
    let (client, router, server) = (plan.host("client"), plan.router("r"), plan.host("server"));
    plan.link(client, router, Link::new().mtu(1400));
    plan.link(router, server, Link::direct());
    plan.address(server, "198.51.100.2/24");
    plan.build().expect("a network")
}

#[ns_test(net, mount)]
fn interfaces_have_their_macs_and_mtus() {
    let network = routed();
    let hosts: Vec<&Host> = network.hosts().collect();
    let macs = |host: &Host| -> Vec<String> {
        let lines = ip(host, "-br link show type veth");
        let second = |line: &String| {
            line.split(' ')
                .skip(1)
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        };
        lines.iter().map(second).collect()
    };
    assert_eq!(macs(hosts[0]), ["UP 02:6e:74:00:00:01"]);
    assert_eq!(
        macs(hosts[1]),
        ["UP 02:6e:74:00:00:02", "UP 02:6e:74:00:00:03"]
    );
    assert_eq!(macs(hosts[2]), ["UP 02:6e:74:00:00:04"]);
    for (host, interface, mtu) in [(0, "eth0", 1400), (1, "eth0", 1400), (1, "eth1", 1500)] {
        let lines = ip(hosts[host], &format!("-o link show dev {interface}"));
        assert!(lines[0].contains(&format!(" mtu {mtu} ")), "{lines:?}");
    }
}

#[ns_test(net, mount)]
fn addresses_are_usable_at_once() {
    let network = routed();
    let addresses = |host: usize| -> Vec<String> {
        let host = network.hosts().nth(host).expect("one");
        let lines = ip(host, "-o addr show scope global");
        assert!(!lines.concat().contains("tentative"), "{lines:?}");
        let fourth = |line: &String| line.split(' ').nth(3).map(ToOwned::to_owned);
        lines.iter().filter_map(fourth).collect()
    };
    assert_eq!(addresses(0), ["10.0.0.1/24", "fd00::1/64"]);
    let of_router = [
        "10.0.0.2/24",
        "fd00::2/64",
        "198.51.100.1/24",
        "fd00:1::1/64",
    ];
    assert_eq!(addresses(1), of_router);
    assert_eq!(addresses(2), ["198.51.100.2/24", "fd00:1::2/64"]);
}

#[ns_test(net, mount)]
fn routes_lead_to_the_router() {
    let network = routed();
    let routes = |host: usize, family: &str| -> Vec<String> {
        let host = network.hosts().nth(host).expect("one");
        let lines = ip(host, &format!("{family} route show default"));
        let first = |line: &String| line.split(' ').take(5).collect::<Vec<_>>().join(" ");
        lines.iter().map(first).collect()
    };
    assert_eq!(routes(0, "-4"), ["default via 10.0.0.2 dev eth0"]);
    assert_eq!(routes(0, "-6"), ["default via fd00::2 dev eth0"]);
    assert_eq!(routes(1, "-4"), [""; 0]);
    assert_eq!(routes(2, "-4"), ["default via 198.51.100.1 dev eth0"]);
    assert_eq!(routes(2, "-6"), ["default via fd00:1::1 dev eth0"]);
}

#[ns_test(net, mount)]
fn neighbours_are_permanent() {
    let network = routed();
    let host = network.hosts().next().expect("one");
    let mut lines = ip(host, "neigh show nud permanent");
    lines.sort();
    let router = |address: &str| format!("{address} dev eth0 lladdr 02:6e:74:00:00:02");
    let expected = ["10.0.0.2", "fd00::2", "fe80::6e:74ff:fe00:2"].map(router);
    for (line, expected) in lines.iter().zip(&expected) {
        assert!(line.starts_with(expected.as_str()), "{lines:?}");
    }
    assert_eq!(lines.len(), 3, "{lines:?}");
}
