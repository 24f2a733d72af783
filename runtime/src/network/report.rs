//! What a failed test says of its network.

#![expect(clippy::print_stderr, reason = "it is a part of the test's output")]

use super::artifact::Artifact;
use super::drawing;
use super::record::Record;
use super::seed;
use crate::body;

/// Prints the network, with what has become of its packets and how to repeat it.
pub(super) fn print(record: &Record) {
    eprint!("{}{}", text(record), indented(&drawing::packets(record)));
}

/// All of it but the packets: how to repeat it, hosts, links, what is in force, and where the
/// capture is.
pub(super) fn text(record: &Record) -> String {
    let name = body::running_test().map_or("", |test| test.name.as_str());
    let (seed, variable) = (record.seed, seed::VARIABLE);
    let heading = format!(
        "\nthe network at the end of the test (seed {seed}; repeat it with `{variable}={seed} cargo test {name}`)\n"
    );
    let capture = record.capture.as_ref().map(Artifact::path);
    let capture = capture.map(|path| format!("    packets in {}\n", path.display()));
    heading + &indented(&drawing::text(record)) + &capture.unwrap_or_default()
}

pub(super) fn print_capture(capture: &Artifact) {
    eprintln!("packets in {}", capture.path().display());
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
