//! The goals for the ratios, and the gates that they must not miss.

use crate::build;
use crate::group::{Log, Measure};
use crate::judgement::Judgement;
use crate::names::{self, group_name};
use crate::network;
use crate::service;
use crate::statistics::Figure;

/// Judges every goal, in the order in which the parts run.
pub(crate) fn judge(log: &Log) -> Vec<Judgement> {
    [
        against_the_floor(log),
        of_state(log),
        against_others(log),
        of_facts(log),
        of_suites(log),
        vec![of_services(log)],
        of_networks(log),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// ns-test in both builds, with goal and gate for processor time against the floor.
const OURS: [(&str, [f64; 2]); 2] = [
    ("ours", [1.12, 1.25]),
    (names::OURS_UNOPTIMIZED, [1.25, 1.4]),
];

fn against_the_floor(log: &Log) -> Vec<Judgement> {
    let mut all = Vec::new();
    for set in ["user, net, mount", "user, net, mount, pid"] {
        for (ours, bounds) in OURS {
            for threads in [1, 2] {
                let group = group_name(set, threads);
                let of = [ours, "floor"];
                all.push(ratio(log, &group, of, Measure::Cpu, bounds));
            }
            let group = group_name(set, 2);
            all.push(ratio(
                log,
                &group,
                [ours, "floor"],
                Measure::Wall,
                [1.05, 1.25],
            ));
        }
        // Without gates: they apply to the copy in folios.
        for threads in [1, 2] {
            let of = [names::OURS_LINKED, "floor"];
            let bounds = [1.25, f64::INFINITY];
            all.push(ratio(
                log,
                &group_name(set, threads),
                of,
                Measure::Cpu,
                bounds,
            ));
        }
    }
    for threads in [1, 2] {
        let group = group_name("bare", threads);
        let of = ["ours", "floor"];
        all.push(ratio(log, &group, of, Measure::Cpu, [1.15, 1.3]));
    }
    all
}

fn of_state(log: &Log) -> Vec<Judgement> {
    let memory = |held: &str, goal| {
        let given_back = format!("{held}, given back");
        ratio(
            log,
            names::MEMORY,
            [held, &given_back],
            Measure::Cpu,
            [goal, 1.25],
        )
    };
    let scale = |measure, bounds| {
        ratio(
            log,
            names::SCALE,
            ["10000 tests", "1000 tests"],
            measure,
            bounds,
        )
    };
    vec![
        memory("100 MB while it runs", 1.05),
        memory("1024 MB while it runs", 1.1),
        scale(Measure::Wall, [1.1, 1.25]),
        // libtest-mimic's trials alone make it 1.3.
        scale(Measure::Peak, [1.1, 1.75]),
    ]
}

/// Judges ns-test against other ways to run a program for each test. They have no gates: on some
/// machines even the floor misses these goals, and there are gates against the floor.
fn against_others(log: &Log) -> Vec<Judgement> {
    let mut all = Vec::new();
    for (other, goal) in [
        (names::UNSHARE, 2.2),
        (names::NEXTEST, 4.0),
        (names::RE_EXEC, 1.1),
    ] {
        let of = [other, names::OURS_UNOPTIMIZED];
        let mut judgement = ratio(
            log,
            names::OTHERS,
            of,
            Measure::Wall,
            [goal, f64::NEG_INFINITY],
        );
        judgement.at_least = true;
        all.push(judgement);
    }
    let of = [names::NEXTEST_ANNOTATED, names::NEXTEST];
    all.push(ratio(log, names::OTHERS, of, Measure::Wall, [1.4, 1.7]));
    all
}

fn of_facts(log: &Log) -> Vec<Judgement> {
    [
        (names::BACKLOG, "backlog", 1024.0, 2048.0),
        (build::CRATES, "build", 26.0, 27.0),
        (build::SECONDS, "build", 14.0, f64::INFINITY),
        (build::SECONDS_README, "build", 14.0, f64::INFINITY),
        // 14 and 16 seconds on the machine of November 2026. Seconds depend on the machine.
        (build::OWN, "build", 1.4, 1.7),
        (build::NETWORKS, "build", 1.05, 1.1),
        (names::SIZE, "suites", 1.6, f64::INFINITY),
        (names::SIZE_README, "suites", 1.6, 2.0),
        (names::BYTES, "suites", 180.0, f64::INFINITY),
        (names::BYTES_RATIO, "suites", 0.4, 0.6),
    ]
    .map(|(name, part, goal, gate)| Judgement {
        what: name.to_owned(),
        part,
        group: name.to_owned(),
        value: log.fact(name).and_then(|value| Figure::of([value])),
        goal,
        gate,
        at_least: false,
    })
    .into()
}

/// Judges the other costs of annotated tests, compared with those of libtest.
fn of_suites(log: &Log) -> Vec<Judgement> {
    use names::{BARE, CHANGED, CHANGED_LINES, CHANGED_README, COMPILED, EXACT, KEYS, LIST};
    [
        (COMPILED, BARE, Measure::Cpu, [1.8, 2.2]),
        (COMPILED, KEYS, Measure::Cpu, [3.0, 3.6]),
        (CHANGED, BARE, Measure::Wall, [1.1, f64::INFINITY]),
        (CHANGED_README, BARE, Measure::Wall, [1.1, 1.3]),
        (CHANGED_LINES, BARE, Measure::Wall, [1.1, 1.3]),
        (LIST, BARE, Measure::Wall, [1.5, 2.0]),
        (EXACT, BARE, Measure::Wall, [1.5, 2.5]),
    ]
    .map(|(group, ours, measure, bounds)| ratio(log, group, [ours, names::PLAIN], measure, bounds))
    .into()
}

/// Judges tests with PostgreSQL. The state is prepared once, and each test only starts the server.
fn of_services(log: &Log) -> Judgement {
    Judgement {
        what: service::READY.to_owned(),
        part: "service",
        group: service::GROUP.to_owned(),
        value: log
            .fact(service::READY)
            .and_then(|value| Figure::of([value])),
        goal: 10.0,
        gate: 7.0,
        at_least: true,
    }
}

/// Judges networks, compared with their parts.
fn of_networks(log: &Log) -> Vec<Judgement> {
    let of_fact = |(name, kind, [goal, gate], at_least): network::Goal| Judgement {
        what: name.to_owned(),
        part: "network",
        group: kind.to_owned(),
        value: log.fact(name).and_then(|value| Figure::of([value])),
        goal,
        gate,
        at_least,
    };
    let [group, one, four] = network::LABS;
    // Of the wall time of one network: one process to four is four to one of networks a second.
    let mut labs = ratio(log, group, [one, four], Measure::Wall, [0.7, 0.6]);
    labs.at_least = true;
    network::GOALS
        .map(of_fact)
        .into_iter()
        .chain([labs])
        .collect()
}

fn ratio(
    log: &Log,
    group: &str,
    [of, to]: [&str; 2],
    measure: Measure,
    [goal, gate]: [f64; 2],
) -> Judgement {
    let rows = (log.row(group, of), log.row(group, to));
    let measured = match measure {
        Measure::Cpu => "CPU",
        Measure::Wall => "wall",
        Measure::Peak => "peak memory",
    };
    Judgement {
        what: format!("{group}: {of} / {to}, {measured}"),
        part: match group {
            names::SCALE => "scale",
            names::MEMORY => "memory",
            names::OTHERS => "others",
            names::COMPILED
            | names::CHANGED
            | names::CHANGED_README
            | names::CHANGED_LINES
            | names::LIST
            | names::EXACT => "suites",
            _labs if group == network::LABS[0] => "network",
            _set => "sets",
        },
        group: group.to_owned(),
        value: match rows {
            (Some(of), Some(to)) => of.ratio(to, measure),
            _ => None,
        },
        goal,
        gate,
        at_least: false,
    }
}
