//! A failed test's report of its network.

#![expect(clippy::print_stderr, reason = "it is a part of the test's output")]

use super::artifact::Artifact;
use super::drawing;
use super::record::Record;
use super::seed;
use crate::body;
use crate::error::Shown;

/// Prints the network, with its packet counters and how to repeat it.
pub(super) fn print(record: &Record) {
    eprint!("{}{}", text(record), indented(&drawing::packets(record)));
}

/// Returns the report without the packets: how to repeat it, hosts, links, active blocks, and the
/// capture's path.
pub(super) fn text(record: &Record) -> String {
    let name = body::running_test().map_or("", |test| test.name);
    let (seed, variable) = (record.seed, seed::VARIABLE);
    let heading = format!(
        "\nthe network at the end of the test (seed {seed}; repeat it with `{variable}={seed} cargo test {name}`)\n"
    );
    let capture = record.capture.as_ref().map(Artifact::path);
    let capture = capture.map(|path| format!("    packets in {}\n", Shown::new(path)));
    heading + &indented(&drawing::text(record)) + &capture.unwrap_or_default()
}

pub(super) fn print_capture(capture: &Artifact) {
    eprintln!("packets in {}", Shown::new(capture.path()));
}

fn indented(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out += &format!("    {line}\n");
    }
    out
}
