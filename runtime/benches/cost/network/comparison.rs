//! The comparisons of the network part, and their goals.

use crate::compare::compare;
use crate::contender::{Contender, Place};
use crate::group::Log;
use crate::options::Options;
use crate::scratch::{SCRATCH, Scratch};
use crate::statistics::Figure;
use crate::{drain, measure, report};

use super::role::KIND;
use super::rounds::ROUNDS;
use super::{making, traffic};

/// The group of networks that several processes make at the same time, and its contenders.
pub(crate) const LABS: [&str; 3] = [
    "networks of 2 hosts, direct, made and dropped",
    "one process",
    "four processes",
];
const LABS_WIRE: &str = "networks of 2 hosts with a wire, made and dropped";

/// A kind of test, and how often it measures.
const KINDS: [(&str, u32); 5] = [
    ("making", 40),
    ("running", 10),
    ("throughput", 8),
    ("rate", 6),
    ("delay", 200),
];

/// Two quantities that the same test measures in the same rounds.
struct Comparison {
    kind: &'static str,
    of: &'static str,
    to: &'static str,
    unit: &'static str,
    /// The name of the ratio's median, among the facts.
    ratio: &'static str,
}

const COMPARISONS: [Comparison; 10] = [
    Comparison {
        kind: "making",
        of: making::DIRECT,
        to: making::BARE_3,
        unit: "µs",
        ratio: DIRECT,
    },
    Comparison {
        kind: "making",
        of: making::SWITCH,
        to: making::BARE_6,
        unit: "µs",
        ratio: SWITCH,
    },
    Comparison {
        kind: "making",
        of: making::WIRE,
        to: making::NO_WIRE,
        unit: "µs",
        ratio: "network: a wire / direct, made",
    },
    Comparison {
        kind: "making",
        of: making::WIRE_DROPPED,
        to: making::DIRECT,
        unit: "µs",
        ratio: "network: a wire / direct, made and dropped",
    },
    Comparison {
        kind: "running",
        of: making::RUN,
        to: making::THREAD,
        unit: "µs",
        ratio: RUN,
    },
    Comparison {
        kind: "running",
        of: making::SETNS,
        to: making::THREAD,
        unit: "µs",
        ratio: "network: setns there and back / a scoped thread that calls setns",
    },
    Comparison {
        kind: "running",
        of: making::RUN,
        to: making::SETNS,
        unit: "µs",
        ratio: "network: Host::run / setns there and back",
    },
    Comparison {
        kind: "throughput",
        of: traffic::TCP_WIRE,
        to: traffic::TCP_PLAIN,
        unit: "Mbit/s",
        ratio: TCP,
    },
    Comparison {
        kind: "throughput",
        of: traffic::TCP_WIRE,
        to: traffic::TCP_DIRECT,
        unit: "Mbit/s",
        ratio: "network: TCP, a wire / direct",
    },
    Comparison {
        kind: "rate",
        of: traffic::GOODPUT,
        to: traffic::ASKED,
        unit: "Mbit/s",
        ratio: RATE,
    },
];

const DIRECT: &str = "network: 2 hosts, direct / 3 bare namespaces, made and dropped";
const SWITCH: &str = "network: 5 hosts on a switch / 6 bare namespaces, made";
const MORE: &str = "network: what a wire adds, made / 3 bare namespaces, made and dropped";
const RUN: &str = "network: Host::run / a scoped thread that calls setns";
const TCP: &str = "network: TCP, a wire / direct with offloads off";
const RATE: &str = "network: goodput / the rate asked for";
const LATE: &str = "network: a wire's median delay error, µs";

/// A fact, the kind of test that measures it, goal and gate, and whether a higher value is better.
pub(crate) type Goal = (&'static str, &'static str, [f64; 2], bool);

pub(crate) const GOALS: [Goal; 8] = [
    (DIRECT, "making", [2.1, 3.0], false),
    (SWITCH, "making", [5.2, 8.0], false),
    // The goal and the gate were 0.5 and 2 ms. Milliseconds depend on the machine.
    (MORE, "making", [0.45, 1.75], false),
    (RUN, "running", [0.03, 0.1], false),
    (TCP, "throughput", [0.3, 0.15], true),
    (RATE, "rate", [0.935, 0.92], true),
    (RATE, "rate", [0.945, 0.95], false),
    // A busy machine delays every process.
    (LATE, "delay", [250.0, f64::INFINITY], false),
];

/// Measures all comparisons.
pub(crate) fn run(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let scratch = Scratch::make().map_err(|error| error.to_string())?;
    for (kind, rounds) in KINDS {
        if is_wanted(log, kind) {
            let mut contender = tests(place, kind, 1, options.rounds(rounds));
            contender.command.env(SCRATCH, scratch.path());
            drain::wait();
            match measure::run(&mut contender.command) {
                Ok(_) => tell(kind, &scratch, log),
                Err(why) => report::skipped(kind, &why),
            }
        }
    }
    for (group, kind) in [(LABS[0], "labs, direct"), (LABS_WIRE, "labs, wire")] {
        let contenders = [1, 4].map(|processes| tests(place, kind, processes, 20));
        compare(log, group, contenders, options.rounds(5));
    }
    Ok(())
}

fn is_wanted(log: &Log, kind: &str) -> bool {
    let only = log.only.as_ref();
    only.is_none_or(|only| only.iter().any(|wanted| wanted == kind))
}

/// Returns a contender that makes this many networks of hosts on a switch, one after the other.
pub(crate) fn switches(place: &Place, hosts: u32, networks: u32) -> Contender {
    let mut command = place.role_of_network(1, 1);
    command
        .env(KIND, "switches")
        .env(making::HOSTS, hosts.to_string())
        .env(ROUNDS, networks.to_string());
    Contender {
        name: format!("{hosts} hosts"),
        tests: networks,
        command,
    }
}

/// Returns a contender with as many tests at the same time as there are processes.
fn tests(place: &Place, kind: &str, processes: u32, rounds: u32) -> Contender {
    let mut command = place.role_of_network(processes, processes);
    command.env(KIND, kind).env(ROUNDS, rounds.to_string());
    let [_, one, four] = LABS;
    Contender {
        name: if processes == 1 { one } else { four }.to_owned(),
        tests: processes * rounds,
        command,
    }
}

/// Prints what tests of this kind have noted, and keeps the ratios.
fn tell(kind: &str, scratch: &Scratch, log: &mut Log) {
    for comparison in COMPARISONS.iter().filter(|known| known.kind == kind) {
        let names = [comparison.of, comparison.to];
        let values = names.map(|name| scratch.values(name));
        let ratio = pairwise(&values, |of, to| of / to);
        if let ([Some(of), Some(to)], Some(ratio)) = (values.map(Figure::of), ratio) {
            report::comparison(names, comparison.unit, [of, to], Some(ratio));
            log.facts.push((comparison.ratio, ratio.median));
        } else {
            report::skipped(comparison.ratio, "its test did not run");
        }
    }
    if kind == "making" {
        match added_by_a_wire(scratch) {
            Some(added) => {
                report::ratio(MORE, added.median);
                log.facts.push((MORE, added.median));
            }
            None => report::skipped(MORE, "its test did not run"),
        }
    }
    let names = [traffic::LATE, traffic::LATE_DIRECT];
    if let ("delay", [Some(wire), Some(direct)]) =
        (kind, names.map(|name| Figure::of(scratch.values(name))))
    {
        report::comparison(names, "µs", [wire, direct], None);
        log.facts.push((LATE, wire.median));
    }
}

/// Returns what a wire adds to a network, compared with bare namespaces of the same round.
fn added_by_a_wire(scratch: &Scratch) -> Option<Figure> {
    let names = [making::WIRE, making::NO_WIRE, making::BARE_3];
    let [wire, direct, bare] = names.map(|name| scratch.values(name));
    let added = wire.iter().zip(direct).map(|(wire, direct)| wire - direct);
    Figure::of(added.zip(bare).map(|(added, bare)| added / bare))
}

fn pairwise(values: &[Vec<f64>; 2], with: impl Fn(f64, f64) -> f64) -> Option<Figure> {
    let [of, to] = values;
    Figure::of(of.iter().zip(to).map(|(of, to)| with(*of, *to)))
}
