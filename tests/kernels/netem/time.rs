//! Delay and rate: lower bounds only, because an emulated processor is late at any time.

use std::time::{Duration, Instant};

use ns_test::network::Link;
use ns_test::ns_test;

use crate::emulator::Emulator;
use crate::path::Path;

const SEED: u64 = 42;

#[ns_test(net, mount, timeout = "300s")]
fn no_packet_is_early() {
    const DELAY: Duration = Duration::from_millis(20);
    // netem's jitter is added or subtracted.
    let netem = Path::netem(Emulator::start("delay 25ms 5ms"));
    let jitter = Duration::from_millis(10);
    let wire = Path::wire(Link::new().delay(DELAY).jitter(jitter), SEED);
    for path in [netem, wire] {
        let mut arrived = Vec::new();
        for number in 0..20 {
            let sent = Instant::now();
            path.send(number, 4);
            path.wait(u64::from(number) + 1, &mut arrived);
            assert!(sent.elapsed() >= DELAY, "{:?}", sent.elapsed());
        }
        assert!(arrived.iter().copied().eq(0..20));
    }
}

/// Each datagram is a frame of 1,042 bytes, and takes 24 more on the wire: 8.5 ms at 1 Mbit/s.
#[ns_test(net, mount, timeout = "300s")]
fn a_rate_takes_its_time_and_keeps_the_order() {
    const PACKETS: u32 = 30;
    const EACH: Duration = Duration::from_micros(8_528);
    let netem = Path::netem(Emulator::start("rate 1mbit 24"));
    let queue = Duration::from_secs(60);
    let wire = Path::wire(Link::new().rate(1_000_000).queue(queue), SEED);
    for path in [netem, wire] {
        let start = Instant::now();
        for number in 0..PACKETS {
            path.send(number, 1000);
        }
        let mut arrived = Vec::new();
        path.wait(u64::from(PACKETS), &mut arrived);
        assert!(start.elapsed() >= EACH * PACKETS, "{:?}", start.elapsed());
        assert!(arrived.iter().copied().eq(0..PACKETS));
    }
}

/// netem's queue has a number of packets, the wire's a time: 5 packets are 43 ms.
#[ns_test(net, mount, timeout = "300s")]
fn a_full_queue_loses_the_last_ones() {
    const PACKETS: u32 = 100;
    let netem = Path::netem(Emulator::start("rate 1mbit 24 limit 5"));
    let queue = Duration::from_millis(43);
    let wire = Path::wire(Link::new().rate(1_000_000).queue(queue), SEED);
    for path in [netem, wire] {
        for number in 0..PACKETS {
            path.send(number, 1000);
        }
        let mut arrived = Vec::new();
        path.wait(u64::from(PACKETS), &mut arrived);
        assert!(arrived.is_sorted());
        assert!(arrived.starts_with(&[0, 1, 2, 3, 4]), "{arrived:?}");
        assert!(arrived.len() < 100, "{arrived:?}");
    }
}
