//! The kernel's events: nothing is moved or removed while a network is built, and a partition
//! changes no interface.

use ns_test::network::Link;
use ns_test::ns_test;
use ns_test_suite::raw::NetworkEvents;

use crate::traffic::{Pair, eventually, every_kind};

/// An interface that is created here and then moved would cause events for both.
#[ns_test(net, mount)]
fn the_tests_own_network_sees_nothing_of_a_build() {
    let events = NetworkEvents::of_all().expect("a socket");
    let (network, uplink) = every_kind();
    drop(network.cut(uplink));
    drop(network);
    assert_eq!(events.take(), []);
}

/// Shows that the socket receives events at all.
#[ns_test(net, mount)]
fn a_change_of_an_interface_is_seen() {
    const NEW_LINK: u16 = 16;
    let pair = Pair::new(Link::new());
    let events = pair.a().run(NetworkEvents::of_links).expect("a socket");
    let mut set = pair.a().command("ip");
    let set = set
        .args(["link", "set", "dev", "eth0", "mtu", "1400"])
        .output();
    let output = set.expect("it runs");
    assert!(output.status.success(), "{output:?}");
    assert!(events.take().contains(&NEW_LINK));
}

#[ns_test(net, mount)]
fn partitions_and_conditions_change_no_interface() {
    let pair = Pair::new(Link::new());
    let watch = |host| pair.network[host].run(NetworkEvents::of_all);
    let events = [pair.a, pair.b].map(|host| watch(host).expect("a socket"));
    let (sender, receiver) = pair.udp();
    for number in 0..20 {
        drop(pair.network.cut(pair.link));
        drop(pair.network.isolate(pair.a));
        drop(pair.network.split(&[&[pair.a], &[pair.b]]));
        drop(pair.network.cut_one_way(pair.a, pair.b));
        drop(pair.network.hold(pair.link));
        let link = Link::new().jitter(std::time::Duration::from_micros(number));
        pair.network.set(pair.link, link);
        sender.send(b"?").expect("it is sent");
        eventually(|| receiver.recv(&mut [0; 1]).is_ok());
    }
    assert_eq!(events.map(|events| events.take()), [[], []]);
}
