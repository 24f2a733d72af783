//! Sandboxes that no attribute can define in advance: several ids, real root, a root that is built
//! first, overlays of directories with modes. The first two run only if the machine has them. All
//! are trials of a `main` of its own.

#![expect(clippy::print_stdout, reason = "what is left out is said")]

mod ids;
mod overlays;
mod real_root;
mod root;
mod sys;

use std::env;
use std::process::ExitCode;

use ns_test::Harness;
use ns_test_suite::host;

fn main() -> ExitCode {
    let root = root::build();
    let layers = overlays::build();
    let harness = root::trials(Harness::new(), &root);
    let mut harness = overlays::trials(harness, &layers, &root);
    harness = sys::trials(harness);
    let mut left_out = Vec::new();
    match host::lacks_ids() {
        None => harness = ids::range_trials(ids::trials(harness)),
        Some(why) => left_out.push(format!("several ids: {why}")),
    }
    if host::is_real_root() {
        harness = real_root::trials(harness);
    } else {
        // This is not a limitation of the machine: the suite also runs as root.
        println!("left out: real root: this is an ordinary user");
    }
    left_out
        .iter()
        .for_each(|what| println!("left out: {what}"));
    let code = harness.run();
    root::remove(&root);
    overlays::remove(&layers);
    // In CI every check must run.
    if left_out.is_empty() || env::var_os("CI").is_none() {
        code
    } else {
        ExitCode::from(101)
    }
}
