//! Loss, bursts, duplicates and order: the same shares on both paths.

use std::collections::BTreeSet;

use ns_test::network::Link;
use ns_test::ns_test;
use ns_test_suite::host;

use crate::emulator::Emulator;
use crate::path::Path;

const SEED: u64 = 42;
const PACKETS: u32 = 3000;
const AT_ONCE: usize = 100;

/// Checks that a count of events, each of this probability, is within five standard deviations.
#[track_caller]
fn is_binomial(count: usize, of: u32, probability: f64) {
    let mean = f64::from(of) * probability;
    is_near(count, mean, (mean * (1.0 - probability)).sqrt());
}

#[track_caller]
fn is_near(count: usize, mean: f64, deviation: f64) {
    let count = f64::from(u32::try_from(count).expect("they are few"));
    let bound = 5.0 * deviation;
    assert!(
        (count - mean).abs() <= bound,
        "{count}, not {mean} ± {bound}"
    );
}

/// Returns the numbers that did not arrive.
fn lost(arrived: &[u32]) -> Vec<u32> {
    let arrived: BTreeSet<u32> = arrived.iter().copied().collect();
    (0..PACKETS)
        .filter(|number| !arrived.contains(number))
        .collect()
}

#[ns_test(net, mount, timeout = "300s")]
fn loss_has_the_same_share_and_no_memory() {
    let netem = Path::netem(Emulator::start("loss 10%"));
    let wire = Path::wire(Link::new().loss(0.1), SEED);
    for path in [netem, wire] {
        let arrived = path.numbers(PACKETS, AT_ONCE);
        assert!(arrived.is_sorted());
        let lost = lost(&arrived);
        is_binomial(lost.len(), PACKETS, 0.1);
        // Two in a row: as often as two independent losses.
        let pairs = lost.windows(2).filter(|pair| pair[1] == pair[0] + 1);
        is_binomial(pairs.count(), PACKETS, 0.01);
    }
}

#[ns_test(net, mount, timeout = "300s")]
fn bursts_have_the_same_share_and_length() {
    // A Gilbert model: a burst ends with 1/5, and begins so that a tenth of the packets is lost.
    let netem = Path::netem(Emulator::start("loss gemodel 2.2222% 20% 100% 0%"));
    let wire = Path::wire(Link::new().loss_bursts(0.1, 5.0), SEED);
    for path in [netem, wire] {
        let lost = lost(&path.numbers(PACKETS, AT_ONCE));
        // The states of neighbours have the correlation 1 - 1/5 - 1/45 = 7/9. So the variance is
        // (1 + 7/9) / (1 - 7/9) = 8 times that of independent losses.
        let share = 0.1;
        let variance = 8.0 * f64::from(PACKETS) * share * (1.0 - share);
        is_near(lost.len(), f64::from(PACKETS) * share, variance.sqrt());
        let bursts = lost
            .windows(2)
            .filter(|pair| pair[1] != pair[0] + 1)
            .count()
            + 1;
        // The length is geometric: mean 5, variance 20.
        let count = f64::from(u32::try_from(bursts).expect("they are few"));
        is_near(lost.len(), 5.0 * count, (20.0 * count).sqrt());
    }
}

#[ns_test(net, mount, timeout = "300s")]
fn copies_have_the_same_share_and_follow_their_packet() {
    let netem = Path::netem(Emulator::start("duplicate 20%"));
    let wire = Path::wire(Link::new().duplicate(0.2), SEED);
    for path in [netem, wire] {
        let mut arrived = path.numbers(PACKETS, AT_ONCE);
        is_binomial(arrived.len() - PACKETS as usize, PACKETS, 0.2);
        arrived.dedup();
        assert!(arrived.iter().copied().eq(0..PACKETS));
    }
}

/// netem lets a share of the packets pass those that it delays; the wire lets a share wait for the
/// next packet. Two packets at a time change places with the same probability in both.
#[ns_test(net, mount, timeout = "300s")]
fn as_many_pairs_change_places() {
    const PAIRS: u32 = 200;
    // The first one is delayed and the second one is not: 0.9 * 0.1.
    let netem = Path::netem(Emulator::start("delay 40ms reorder 10%"));
    // The first one waits for the second one.
    let wire = Path::wire(Link::new().reorder(0.09), SEED);
    for path in [netem, wire] {
        let arrived = path.numbers(2 * PAIRS, 2);
        let swapped = arrived.chunks(2).filter(|pair| pair[0] > pair[1]);
        is_binomial(swapped.count(), PAIRS, 0.09);
        let mut sorted = arrived.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..2 * PAIRS));
    }
}

/// netem's losses repeat by a seed since Linux 6.7, and the wire's on every kernel.
#[ns_test(net, mount, timeout = "300s")]
fn a_seed_repeats_its_losses() {
    if let Some(why) = host::is_before(6, 7, "a seed for netem") {
        ns_test::skip!("{why}");
    }
    let netem = |seed| Path::netem(Emulator::start_seeded(0.1, seed));
    let wire = |seed| Path::wire(Link::new().loss(0.1), seed);
    let paths: [&dyn Fn(u64) -> Path; 2] = [&netem, &wire];
    for path in paths {
        let lost = |seed| lost(&path(seed).numbers(PACKETS, AT_ONCE));
        let first = lost(SEED);
        is_binomial(first.len(), PACKETS, 0.1);
        assert!(first == lost(SEED), "the same seed");
        assert!(first != lost(SEED + 1), "another seed");
    }
}
