//! Links that hold their packets, and the next packets dropped on request.

use ns_test::ns_test;

use crate::peers::{Peers, pair};
use crate::traffic::{LONG, eventually};

#[ns_test(net, mount)]
fn held_packets_are_late_and_in_order() {
    let (network, a, b, link) = pair();
    let peers = Peers::new(&network, &[a, b]);
    let hold = network.hold(link);
    for number in 0..100_u8 {
        peers
            .socket(a)
            .send_to(&[number], (peers.address(b), 7))
            .expect("it can be sent");
    }
    eventually(|| network.stats().total().waiting == 100);
    assert_eq!(peers.drain(b), 0);
    hold.release();
    let socket = peers.socket(b);
    socket.set_nonblocking(false).expect("an option");
    socket.set_read_timeout(Some(LONG)).expect("an option");
    for number in 0..100_u8 {
        let mut byte = [0];
        assert_eq!(socket.recv(&mut byte).expect("it comes"), 1);
        assert_eq!(byte, [number]);
    }
    assert_eq!(network.stats().total().delivered, 100);
}

#[ns_test(net, mount)]
fn a_held_link_can_be_cut() {
    let (network, a, b, link) = pair();
    let peers = Peers::new(&network, &[a, b]);
    let hold = network.hold(link);
    peers
        .socket(a)
        .send_to(b"?", (peers.address(b), 7))
        .expect("it can be sent");
    eventually(|| network.stats().total().waiting == 1);
    let cut = network.cut(link);
    assert_eq!(network.stats().total().cut, 1);
    drop(hold);
    drop(cut);
    assert_eq!(peers.drain(b), 0);
    assert!(peers.reach(a, b));
}

#[ns_test(net, mount)]
fn the_next_packets_can_be_dropped() {
    let (network, a, b, link) = pair();
    let peers = Peers::new(&network, &[a, b]);
    network.drop_next_from(a, link, 2);
    let send = |count: usize| {
        for _ in 0..count {
            peers
                .socket(a)
                .send_to(b"?", (peers.address(b), 7))
                .expect("it can be sent");
        }
    };
    let have = |asked, delivered| {
        let sent = network.stats().sent(a, link);
        (sent.asked, sent.delivered) == (asked, delivered)
    };
    send(5);
    eventually(|| have(2, 3));
    assert_eq!(network.stats().sent(b, link).asked, 0);
    network.drop_next(link, 1);
    send(1);
    eventually(|| have(3, 3));
}

/// The count can be larger than any number of packets that a test sends.
#[ns_test(net, mount)]
fn all_packets_can_be_dropped() {
    let (network, .., link) = pair();
    for _ in 0..2 {
        network.drop_next(link, u64::MAX);
    }
    let _ = network.stats();
}
