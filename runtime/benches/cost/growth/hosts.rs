//! Networks with more and more hosts on a switch.

use super::curves::{Panel, times};
use crate::compare::compare;
use crate::contender::Place;
use crate::group::Log;
use crate::network;
use crate::options::Options;

const GROUP: &str = "networks with hosts on a switch, made and dropped";
const NUMBERS: [u32; 6] = [2, 5, 10, 20, 50, 100];
/// How many networks a measured process makes, one after the other.
const NETWORKS: u32 = 5;

/// Measures the time per network.
pub(super) fn measure(place: &Place, options: &Options, log: &mut Log) -> Panel {
    let contenders = NUMBERS.map(|hosts| network::switches(place, hosts, NETWORKS));
    let names = contenders
        .each_ref()
        .map(|contender| contender.name.clone());
    compare(log, GROUP, contenders, options.rounds(5));
    let named: Vec<_> = NUMBERS.into_iter().zip(names).collect();
    times("ms per network, by hosts", log, GROUP, &named)
}
