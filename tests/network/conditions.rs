//! Delay, jitter, loss, duplicates, order and rate, each by the seed.

use std::io;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use ns_test::network::Link;
use ns_test::ns_test;

use crate::traffic::{LONG, Pair, eventually};

pub(crate) fn lossy() -> Link {
    Link::new().loss(0.1)
}

/// Returns which of 5,000 packets arrive.
pub(crate) fn fate(link: Link, seed: u64) -> Vec<u32> {
    Pair::with_seed(link, Some(seed)).numbers(5000)
}

#[ns_test(net, mount, timeout = "120s")]
fn one_seed_has_one_fate() {
    let first = fate(lossy(), 42);
    // A constant of this seed. It changes only with the generator, which would break every test
    // that relies on a seed.
    assert_eq!(first.len(), 4510);
    for run in 1..10 {
        assert!(fate(lossy(), 42) == first, "run {run}");
    }
    assert!(fate(lossy(), 43) != first);
}

#[ns_test(net, mount, timeout = "60s")]
fn other_conditions_shift_no_loss() {
    let plain = fate(lossy(), 42);
    let more = Link::new()
        .loss(0.1)
        .jitter(Duration::from_micros(500))
        .duplicate(0.02);
    let mut arrived = fate(more, 42);
    assert!(
        arrived.is_sorted(),
        "jitter keeps the order, and copies follow each other"
    );
    arrived.dedup();
    assert!(arrived == plain);
}

#[ns_test(net, mount, timeout = "60s")]
fn neighbour_discovery_shifts_no_loss() {
    let plain = Pair::with_seed(lossy(), Some(7)).numbers(1000);
    let pair = Pair::with_seed(lossy(), Some(7));
    // No host has this address, so the kernel repeats its neighbour requests.
    let asking = pair
        .a()
        .run(|| std::net::UdpSocket::bind("0.0.0.0:0"))
        .expect("a port");
    let asker = std::thread::spawn(move || {
        for _ in 0..100 {
            let _ = asking.send_to(b"?", "10.0.0.77:9");
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert!(pair.numbers(1000) == plain);
    asker.join().expect("it returns");
}

#[ns_test(net, mount)]
fn nothing_and_all_can_be_lost() {
    assert_eq!(Pair::new(Link::new().loss(0.0)).numbers(500).len(), 500);
    assert_eq!(Pair::new(Link::new().loss(1.0)).numbers(500).len(), 0);
    assert_eq!(
        Pair::new(Link::new().loss_bursts(1.0, 3.0))
            .numbers(100)
            .len(),
        0
    );
}

#[ns_test(net, mount)]
fn bursts_are_long() {
    let pair = Pair::with_seed(Link::new().loss_bursts(0.1, 5.0), Some(42));
    let arrived = pair.numbers(5000);
    let bursts = arrived
        .windows(2)
        .filter(|pair| pair[1] - pair[0] > 1)
        .count();
    let lost = 5000 - arrived.len();
    // Constants of this seed.
    assert_eq!((lost, bursts), (548, 104));
}

/// Shares can also be integers.
#[ns_test(net, mount)]
fn shares_are_numbers_of_any_type() {
    let [floats, integers] = [
        Link::new().loss_bursts(0.05, 4.0).loss(1.0).duplicate(0.0),
        Link::new().loss_bursts(0.05, 4).loss(1).duplicate(0_u8),
    ];
    assert_eq!(floats, integers);
    assert_eq!(Link::new().reorder(0.5_f32), Link::new().reorder(0.5));
}

#[ns_test(net, mount)]
fn duplicates_are_counted() {
    let pair = Pair::with_seed(Link::new().duplicate(0.2), Some(42));
    let arrived = pair.numbers(1000);
    let total = pair.network.stats().link(pair.link);
    assert_eq!(arrived.len() as u64, 1000 + total.duplicated);
    // A constant of this seed.
    assert_eq!(total.duplicated, 199);
    let mut once = arrived.clone();
    once.dedup();
    assert_eq!(once, (0..1000).collect::<Vec<_>>());
}

#[ns_test(net, mount)]
fn reordered_packets_change_places_with_the_next() {
    let pair = Pair::with_seed(Link::new().reorder(0.1), Some(42));
    let arrived = pair.numbers(1000);
    let total = pair.network.stats().link(pair.link);
    // A constant of this seed.
    assert_eq!(total.reordered, 99);
    assert!(!arrived.is_sorted());
    for (place, number) in (0_u32..).zip(&arrived) {
        assert!(place.abs_diff(*number) <= 3, "{number} at {place}");
    }
    let mut sorted = arrived;
    sorted.sort_unstable();
    assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
}

#[ns_test(net, mount)]
fn no_packet_is_early() {
    const DELAY: Duration = Duration::from_millis(20);
    let pair = Pair::new(Link::new().delay(DELAY).jitter(Duration::from_millis(5)));
    let (sender, receiver) = pair.udp();
    receiver.set_nonblocking(false).expect("an option");
    receiver.set_read_timeout(Some(LONG)).expect("an option");
    for _ in 0..50 {
        let sent = Instant::now();
        sender.send(b"?").expect("it can be sent");
        receiver.recv(&mut [0; 1]).expect("it arrives");
        assert!(sent.elapsed() >= DELAY, "{:?}", sent.elapsed());
    }
}

#[ns_test(net, mount)]
fn conditions_can_have_a_direction_and_be_changed() {
    const DELAY: Duration = Duration::from_millis(50);
    let pair = Pair::new(Link::new());
    let one_way = Link::new().delay(DELAY).from(pair.a).loss(1.0).from(pair.b);
    pair.network.set(pair.link, one_way);
    let (sender, receiver) = pair.udp();
    receiver.set_nonblocking(false).expect("an option");
    receiver.set_read_timeout(Some(LONG)).expect("an option");
    let sent = Instant::now();
    sender.send(b"?").expect("it can be sent");
    let (_, from) = receiver.recv_from(&mut [0; 1]).expect("it arrives");
    assert!(sent.elapsed() >= DELAY);
    receiver.send_to(b"!", from).expect("it can be sent");
    eventually(|| pair.network.stats().sent(pair.b, pair.link).lost == 1);
    sender.set_nonblocking(true).expect("an option");
    let nothing = sender.recv(&mut [0; 1]).expect_err("it was lost");
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
    let drawing = pair.network.to_string();
    assert!(
        drawing.contains("a ── → delay 50ms; ← loss 100% ── b"),
        "{drawing}"
    );
}

#[ns_test(net, mount)]
fn a_rate_has_a_queue_that_overflows() {
    // 1,000 bytes of payload are 1,066 on the wire: 8.5 ms each at 1 Mbit/s.
    let slow = Link::new().rate(1_000_000).queue(Duration::from_millis(40));
    let pair = Pair::new(slow);
    let (sender, receiver) = pair.udp();
    let start = Instant::now();
    for _ in 0..100 {
        sender.send(&[0; 1000]).expect("it can be sent");
    }
    let mut arrived = 0;
    eventually(|| {
        while receiver.recv(&mut [0; 1000]).is_ok() {
            arrived += 1;
        }
        let total = pair.network.stats().link(pair.link);
        total.seen == 100 && total.waiting == 0 && total.delivered == arrived
    });
    let total = pair.network.stats().link(pair.link);
    assert_eq!(total.queue + total.delivered, 100);
    assert!(total.queue > 0 && total.delivered >= 5, "{total:?}");
    let least = Duration::from_micros(8_528) * u32::try_from(total.delivered).expect("a few");
    assert!(
        start.elapsed() >= least,
        "{:?} for {total:?}",
        start.elapsed()
    );
}

#[ns_test(net, mount)]
fn a_change_is_checked_as_the_plan_is() {
    let pair = Pair::new(Link::new().mtu(1400));
    let refusal = |link: Link| {
        let set = AssertUnwindSafe(|| pair.network.set(pair.link, link));
        let panic = std::panic::catch_unwind(set).expect_err("it is refused");
        panic.downcast_ref::<String>().expect("a text").clone()
    };
    for (link, words) in [
        (
            Link::new().mtu(9000),
            "its MTU can't change: use `mtu(..)` in the plan",
        ),
        (
            Link::direct(),
            "a link that can have conditions can't become direct: use `Link::new()`",
        ),
        (
            Link::new().rate(0),
            "a rate of 0 bits per second lets no packet through: use `Network::cut` for that",
        ),
    ] {
        let expected = format!("the new conditions are invalid: link `a-b`: {words}");
        assert_eq!(refusal(link), expected);
    }
    pair.network.set(pair.link, Link::new().mtu(1400).loss(1.0));
    assert_eq!(pair.numbers(10).len(), 0);
}
