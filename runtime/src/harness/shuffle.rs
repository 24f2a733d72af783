//! `--shuffle`.

/// Shuffles tests in an order that depends only on the seed: the linear congruential generator of
/// Knuth's MMIX, and the Fisher–Yates shuffle.
pub(super) fn shuffle<T>(tests: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..tests.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are more random.
        let place = usize::try_from(state >> 33).unwrap_or(0) % (last + 1);
        tests.swap(last, place);
    }
}
