//! The tables for human readers.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is what prints"
)]

use std::path::Path;

use crate::goals::{Judgement, Verdict};
use crate::group::{Measure, Row};
use crate::statistics::Figure;

/// Prints the header.
pub(crate) fn heading(user: &str, mounts: usize) {
    println!(
        "\nMicroseconds per test, of whole commands: median [middle half]; × is against the first line of the group, round by round."
    );
    println!(
        "CPU is user and system time of the command and all its processes (harness, launchers, inits, bodies); the kernel's own threads are in no account."
    );
    println!(
        "What is measured runs as {user}, with {mounts} mounts in the host's table; where a group names no set: user, net, mount, pid, 2 threads."
    );
}

/// Prints a group of contenders, compared with the first of them.
pub(crate) fn group(rows: &[Row]) {
    let Some(first) = rows.first() else { return };
    println!("\n{}", first.group);
    println!(
        "  {:34} {:>24} {:>7} {:>24} {:>7} {:>9}",
        "", "CPU", "×", "wall", "×", "peak MiB"
    );
    for row in rows {
        if let Some(why) = &row.skipped {
            println!("  {:34} skipped: {why}", row.contender);
            continue;
        }
        let ratio = |measure| {
            row.ratio(first, measure)
                .map_or(String::new(), |ratio| format!("{:.2}", ratio.median))
        };
        let peak = row.figure(Measure::Peak).map_or(0.0, |peak| peak.median);
        println!(
            "  {:34} {:>24} {:>7} {:>24} {:>7} {:>9.1}",
            row.contender,
            spread(row.figure(Measure::Cpu)),
            ratio(Measure::Cpu),
            spread(row.figure(Measure::Wall)),
            ratio(Measure::Wall),
            peak / 1024.0
        );
    }
}

/// Prints what this run left out.
pub(crate) fn skipped(what: &str, why: &str) {
    println!("\n{what}\n  skipped: {why}");
}

/// A busy machine may have missed a gate. It is unlikely to do so twice.
pub(crate) fn again() {
    println!("\nwhat has missed a gate, once more");
}

/// Prints a single number.
pub(crate) fn fact(name: &str, value: f64) {
    println!("  {name}: {value:.1}");
}

/// Prints one thing measured beside another: medians, and the ratio, round by round.
pub(crate) fn comparison(names: [&str; 2], unit: &str, values: [Figure; 2], ratio: Option<Figure>) {
    let [of, to] = names;
    println!("\n{of}, beside {to}");
    for (name, figure) in names.into_iter().zip(values) {
        println!("  {name:44} {:>30} {unit}", precise(figure));
    }
    if let Some(ratio) = ratio {
        println!("  {:44} {:>30}", "ratio", precise(ratio));
    }
}

/// Prints all goals, and returns the number of missed gates.
pub(crate) fn goals(judgements: &[Judgement]) -> usize {
    let width = judgements
        .iter()
        .map(|judgement| judgement.what.len())
        .max()
        .unwrap_or(0);
    println!(
        "\n{:width$} {:>22} {:>9} {:>9}",
        "goals", "ratio [middle half]", "goal", "gate"
    );
    for judgement in judgements {
        let measured = judgement.value.map_or("-".to_owned(), |value| {
            format!("{:.2} [{:.2}..{:.2}]", value.median, value.low, value.high)
        });
        let bound = |bound: f64| {
            if bound.is_finite() {
                format!("{} {bound}", judgement.sign())
            } else {
                "none".to_owned()
            }
        };
        println!(
            "{:width$} {measured:>22} {:>9} {:>9}  {}",
            judgement.what,
            bound(judgement.goal),
            bound(judgement.gate),
            word(judgement.verdict())
        );
    }
    judgements
        .iter()
        .filter(|judgement| judgement.verdict() == Verdict::GateMissed)
        .count()
}

/// Prints where programs find the results.
pub(crate) fn file(path: &Path) {
    println!("\nevery measurement: {}", path.display());
}

pub(crate) fn error(message: &str) {
    eprintln!("error: {message}");
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reached => "ok",
        Verdict::GoalMissed => "over",
        Verdict::GateMissed => "GATE MISSED",
        Verdict::NotMeasured => "not measured",
    }
}

fn spread(figure: Option<Figure>) -> String {
    figure.map_or(String::new(), |Figure { median, low, high }| {
        format!("{median:.0} [{low:.0}..{high:.0}]")
    })
}

fn precise(Figure { median, low, high }: Figure) -> String {
    let digits = if median < 10.0 { 3 } else { 0 };
    format!("{median:.digits$} [{low:.digits$}..{high:.digits$}]")
}
