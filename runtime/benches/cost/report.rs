//! The tables for human readers.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is what prints"
)]

use std::path::Path;

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

/// Prints that the missed gates are measured again: a busy machine is unlikely to miss a gate
/// twice.
pub(crate) fn again() {
    println!("\nwhat has missed a gate, once more");
}

/// Prints a single number.
pub(crate) fn fact(name: &str, value: f64) {
    println!("  {name}: {value:.1}");
}

/// Prints a single ratio.
pub(crate) fn ratio(name: &str, value: f64) {
    println!("\n{name}: {value:.2}");
}

/// Prints two quantities of the same rounds: their medians, and the ratio, round by round.
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

/// Prints the points of a curve.
pub(crate) fn curve(title: &str, name: &str, points: impl Iterator<Item = (u32, f64)>) {
    println!("\n{title}: {name}");
    for (number, value) in points {
        println!("  {number:>7} {value:>10.2}");
    }
}

/// Prints where the picture is.
pub(crate) fn picture(path: &Path) {
    println!("\nthe picture: {}", path.display());
}

/// Prints where programs find the results.
pub(crate) fn file(path: &Path) {
    println!("\nevery measurement: {}", path.display());
}

pub(crate) fn error(message: &str) {
    eprintln!("error: {message}");
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
