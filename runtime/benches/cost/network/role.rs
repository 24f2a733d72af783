//! The role: a harness whose tests make networks and measure them.

use std::env;
use std::io;
use std::process::ExitCode;

use ns_test::network::Link;
use ns_test::{Harness, Sandbox};

use super::{making, traffic};
use crate::fixture::TESTS;

/// The variable with the measurement of this process's tests.
pub(super) const KIND: &str = "NS_TEST_BENCH_NETWORK";

pub(crate) fn role() -> ExitCode {
    let number = env::var(TESTS).ok().and_then(|tests| tests.parse().ok());
    let body: fn() -> io::Result<()> = match env::var(KIND).as_deref() {
        Ok("making") => making::making,
        Ok("running") => making::running,
        Ok("throughput") => traffic::throughput,
        Ok("rate") => traffic::rate,
        Ok("delay") => traffic::delay,
        Ok("labs, direct") => || making::labs(&Link::direct()),
        Ok("switches") => making::switches,
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
