//! How often a test measures.

use std::env;

/// The variable with the number of measurements.
pub(super) const ROUNDS: &str = "NS_TEST_BENCH_ROUNDS";

/// How often a test of this process measures.
pub(super) fn rounds() -> u32 {
    let rounds = env::var(ROUNDS).ok().and_then(|text| text.parse().ok());
    rounds.unwrap_or(1)
}
