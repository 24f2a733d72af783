//! The role: a harness whose tests make networks and measure them.

use std::env;
use std::io;
use std::process::ExitCode;

use ns_test::network::Link;
use ns_test::{Harness, Sandbox};

use super::{making, traffic};
use crate::fixture::TESTS;

/// Variables: what the tests of this process measure, and how often.
pub(super) const KIND: &str = "NS_TEST_BENCH_NETWORK";
pub(super) const ROUNDS: &str = "NS_TEST_BENCH_ROUNDS";

pub(crate) fn role() -> ExitCode {
    let number = env::var(TESTS).ok().and_then(|tests| tests.parse().ok());
    let body: fn() -> io::Result<()> = match env::var(KIND).as_deref() {
        Ok("making") => making::making,
        Ok("running") => making::running,
        Ok("throughput") => traffic::throughput,
        Ok("rate") => traffic::rate,
        Ok("delay") => traffic::delay,
        Ok("labs, direct") => || making::labs(&Link::direct()),
        Ok("labs, wire") => || making::labs(&Link::new()),
        _ => || Err(io::Error::other("no such kind")),
    };
    let sandbox = Sandbox::new().user().net().mount();
    (0..number.unwrap_or(1))
        .fold(Harness::new(), |harness, number: u32| {
            harness.trial(format!("test_{number}"), sandbox.clone(), body)
        })
        .run()
}

/// How often a test of this process measures.
pub(super) fn rounds() -> u32 {
    let rounds = env::var(ROUNDS).ok().and_then(|text| text.parse().ok());
    rounds.unwrap_or(1)
}
