//! What a failed test says of its network.

#![expect(clippy::print_stderr, reason = "it is a part of the test's output")]

use super::artifact::Artifact;
use super::drawing;
use super::record::Record;
use super::seed;
use crate::body;

/// Prints the network, with what has become of its packets and how to repeat it.
pub(super) fn print(record: &Record) {
    let name = body::running_test().map_or("", |test| test.name.as_str());
    let (seed, variable) = (record.seed, seed::VARIABLE);
    eprintln!(
        "\nthe network at the end of the test (seed {seed}; repeat it with `{variable}={seed} cargo test {name}`)"
    );
    eprint!("{}", indented(&drawing::text(record)));
    eprint!("{}", indented(&drawing::packets(record)));
}

pub(super) fn print_capture(capture: &Artifact) {
    eprintln!("capture: {}", capture.path().display());
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
