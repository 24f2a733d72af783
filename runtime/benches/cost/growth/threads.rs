//! The same tests with more and more threads.

use super::curves::{Panel, times};
use crate::compare::compare;
use crate::contender::{Contender, Place};
use crate::group::Log;
use crate::options::Options;

const GROUP: &str = "number of threads; user, net, mount, pid";
const NUMBERS: [u32; 7] = [1, 2, 4, 8, 16, 32, 64];
const TESTS: u32 = 640;

/// Measures the time per test.
pub(super) fn measure(place: &Place, options: &Options, log: &mut Log) -> Panel {
    let contenders = NUMBERS.map(|threads| Contender {
        name: name(threads),
        ..place.ours("user, net, mount, pid", threads, TESTS)
    });
    compare(log, GROUP, contenders, options.rounds(5));
    let named = NUMBERS.map(|threads| (threads, name(threads)));
    times("ms per test, by threads", log, GROUP, &named)
}

fn name(threads: u32) -> String {
    format!("{threads} threads")
}
