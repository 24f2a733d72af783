//! `--shuffle`.

/// An order that depends on the seed alone: the linear congruence of Knuth's MMIX, and Fisher's and Yates's shuffle.
pub(super) fn shuffle<T>(tests: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..tests.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are the better ones.
        let place = usize::try_from(state >> 33).unwrap_or(0) % (last + 1);
        tests.swap(last, place);
    }
}
