//! Networks with more and more hosts on a switch.

use super::curves::{Panel, median};
use crate::compare::compare;
use crate::contender::Place;
use crate::group::{Log, Measure};
use crate::names::{CPU, WALL};
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
    let mut panel = Panel::new("ms per network, by hosts", [WALL, CPU]);
    for (hosts, name) in NUMBERS.into_iter().zip(&names) {
        for (curve, measure) in [(WALL, Measure::Wall), (CPU, Measure::Cpu)] {
            let value = median(log, GROUP, name, measure);
            panel.add(curve, hosts, value.map(|micros| micros / 1e3));
        }
    }
    panel
}
