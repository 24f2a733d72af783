//! Partitions: no packet passes after a cut, in one direction or both, by link, host or group, and
//! each cut heals.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

use ns_test::network::{HostId, Link, Network};
use ns_test::ns_test;

use crate::peers::{Peers, pair};
use crate::traffic::eventually;

#[ns_test(net, mount)]
fn a_cut_link_is_silent_and_heals() {
    let (network, a, b, link) = pair();
    let peers = Peers::new(&network, &[a, b]);
    assert!(peers.reach(a, b) && peers.reach(b, a));
    let cut = network.cut(link);
    assert!(!peers.reach(a, b) && !peers.reach(b, a));
    cut.heal();
    assert!(peers.reach(a, b) && peers.reach(b, a));
    assert_eq!(network.stats().lost_by_cut(), 2);
}

#[ns_test(net, mount)]
fn cuts_overlap() {
    let (network, a, b, link) = pair();
    let peers = Peers::new(&network, &[a, b]);
    let first = network.cut(link);
    let second = network.isolate(a);
    drop(first);
    assert!(!peers.reach(a, b));
    let third = network.cut_one_way(b, a);
    drop(second);
    assert!(peers.reach(a, b) && !peers.reach(b, a));
    drop(third);
    assert!(peers.reach(b, a));
}

#[ns_test(net, mount)]
fn one_direction_can_be_cut() {
    let (network, a, b, _) = pair();
    let peers = Peers::new(&network, &[a, b]);
    let cut = network.cut_one_way(a, b);
    assert!(!peers.reach(a, b) && peers.reach(b, a));
    drop(cut);
    assert!(peers.reach(a, b));
}

#[ns_test(net, mount)]
fn a_panic_heals() {
    let (network, a, b, link) = pair();
    let peers = Peers::new(&network, &[a, b]);
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        let _cut = network.cut(link);
        panic!("while it is cut");
    }));
    assert!(result.is_err() && peers.reach(a, b));
}

#[ns_test(net, mount)]
fn the_carrier_stays() {
    let (network, a, _, link) = pair();
    let carrier = || {
        let read = || std::fs::read_to_string("/proc/thread-self/net/dev_mcast");
        let groups = network[a].run(read).expect("it can be read");
        let flags = network[a]
            .command("cat")
            .arg("/sys/class/net/eth0/carrier")
            .output();
        (groups, flags.expect("it runs").stdout)
    };
    let before = carrier();
    assert_eq!(before.1, b"1\n");
    let _cut = network.cut(link);
    assert_eq!(carrier(), before);
}

#[ns_test(net, mount)]
fn a_split_is_between_groups_only() {
    let mut plan = Network::plan();
    let hosts: Vec<HostId> = (0..5)
        .map(|number| plan.host(format!("n{number}")))
        .collect();
    plan.switch(&hosts, Link::new());
    let network = plan.build().expect("a network");
    let peers = Peers::new(&network, &hosts);
    let split = network.split(&[&hosts[..2], &hosts[2..4]]);
    for from in &hosts {
        for to in hosts.iter().filter(|to| *to != from) {
            let group = |host: &HostId| {
                hosts
                    .iter()
                    .position(|other| other == host)
                    .expect("it is one")
                    / 2
            };
            // The fifth host is in no group.
            let apart = group(from) != group(to) && group(from) < 2 && group(to) < 2;
            assert_eq!(peers.reach(*from, *to), !apart, "{from:?} to {to:?}");
        }
    }
    split.heal();
    assert!(peers.reach(hosts[0], hosts[3]));
}

#[ns_test(net, mount)]
fn the_cable_of_a_switch_can_be_cut() {
    let mut plan = Network::plan();
    let [a, b, c] = ["a", "b", "c"].map(|name| plan.host(name));
    let switch = plan.switch(&[a, b, c], Link::new());
    let cable = plan.port(switch, b);
    let network = plan.build().expect("a network");
    let peers = Peers::new(&network, &[a, b, c]);
    let _cut = network.cut(cable);
    assert!(!peers.reach(a, b) && !peers.reach(b, c) && peers.reach(a, c));
}

#[ns_test(net, mount)]
fn hosts_behind_a_router_can_be_cut_from_each_other() {
    let mut plan = Network::plan();
    let (a, r, b) = (plan.host("a"), plan.router("r"), plan.host("b"));
    let c = plan.host("c");
    plan.link(a, r, Link::new());
    plan.link(r, b, Link::new());
    plan.link(r, c, Link::new());
    let network = plan.build().expect("a network");
    let peers = Peers::new(&network, &[a, b, c, r]);
    assert!(peers.reach(a, b));
    let cut = network.cut_one_way(a, b);
    assert!(!peers.reach(a, b) && peers.reach(b, a) && peers.reach(a, c) && peers.reach(a, r));
    drop(cut);
    let _split = network.split(&[&[a], &[b]]);
    assert!(!peers.reach(a, b) && !peers.reach(b, a) && peers.reach(a, c));
}

#[ns_test(net, mount, timeout = "180s")]
fn what_is_under_way_is_cut_too() {
    // A slow machine, such as an emulated one, may deliver packets before the cut.
    let is_cut = |(packets, seconds)| all_under_way_are_cut(packets, Duration::from_secs(seconds));
    let tries = [(10_000, 2), (10_000, 10), (1_000, 40)];
    assert!(tries.into_iter().any(is_cut), "no delay was enough");
}

/// Cuts a link with this delay when so many packets are under way. Returns `false` if some of them
/// have arrived before.
fn all_under_way_are_cut(packets: u64, delay: Duration) -> bool {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    let link = plan.link(a, b, Link::new().delay(delay));
    let network = plan.build().expect("a network");
    let peers = Peers::new(&network, &[a, b]);
    let sent = |count| network.stats().sent(a, link).seen == count;
    for packet in 1..=packets {
        peers
            .socket(a)
            .send_to(b"?", (peers.address(b), 7))
            .expect("it can be sent");
        if packet % 100 == 0 {
            eventually(|| sent(packet));
        }
    }
    let cut = network.cut(link);
    if network.stats().total().delivered > 0 {
        return false;
    }
    eventually(|| network.stats().total().cut == packets);
    cut.heal();
    assert_eq!(network.stats().total().delivered, 0);
    assert_eq!(peers.drain(b), 0);
    true
}

#[ns_test(net, mount)]
#[should_panic(expected = "link `a-b` is direct and can't be cut")]
fn a_direct_link_is_never_cut() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    let link = plan.link(a, b, Link::direct());
    let network = plan.build().expect("a network");
    let _cut = network.cut(link);
}

/// The conditions of a link can change any number of times: a connection loses nothing, and nothing
/// arrives twice.
#[ns_test(net, mount, timeout = "120s")]
fn a_connection_survives_a_hundred_changes() {
    const LENGTH: usize = 4 << 20;
    let (network, a, b, link) = pair();
    let address = (network[b].addresses()[0], 80);
    let listener = network[b].run(|| TcpListener::bind(address));
    let listener = listener.expect("a port");
    let mut client = network[a]
        .run(|| TcpStream::connect(address))
        .expect("it listens");
    let (mut server, _) = listener.accept().expect("a connection");
    let bytes = |at: usize| (at % 251).to_le_bytes()[0];
    let sender = thread::spawn(move || {
        let all: Vec<u8> = (0..LENGTH).map(bytes).collect();
        all.chunks(LENGTH / 200).try_for_each(|part| {
            thread::sleep(Duration::from_millis(1));
            client.write_all(part)
        })
    });
    let receiver = thread::spawn(move || {
        let mut received = Vec::new();
        server.read_to_end(&mut received).map(|_| received)
    });
    for change in 0..100 {
        let delay = Duration::from_micros(change % 3 * 500);
        network.set(link, Link::new().delay(delay));
        match change % 4 {
            0 => drop(network.hold(link)),
            1 => drop(network.cut_one_way(a, b)),
            _ => thread::sleep(Duration::from_millis(1)),
        }
    }
    sender.join().expect("no panic").expect("it is sent");
    let received = receiver.join().expect("no panic").expect("it arrives");
    assert!(received.into_iter().eq((0..LENGTH).map(bytes)));
    assert_eq!(network.stats().total().duplicated, 0);
}
