//! Every target of the workspace ends, whatever hangs.

use std::fs;
use std::path::Path;

use ns_test_suite::fixture::Check;

use super::sources::failed_unless_empty;

/// What bounds a target: the limit of the checks, the timeout of annotated tests from
/// `.cargo/config.toml`, or a timer of its own.
const BOUNDS: [&str; 8] = [
    "run_checks(",
    "fixture::main(",
    "main_one_by_one(",
    "ns_test::main!",
    "ns_test::run",
    "Harness::new()",
    "alarm::set(",
    "\"timeout\"",
];

pub(super) fn every_target_has_an_upper_bound() -> Check {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let config = fs::read_to_string(root.join(".cargo/config.toml"))?;
    if !config.contains("\nNS_TEST_TIMEOUT = ") {
        return Err("no timeout for annotated tests".into());
    }
    let mut targets = Vec::new();
    for line in fs::read_to_string(root.join("tests/Cargo.toml"))?.lines() {
        if let Some(path) = line.strip_prefix("path = \"") {
            targets.push(root.join("tests").join(path.trim_end_matches('"')));
        }
    }
    for entry in fs::read_dir(root.join("examples/tests"))?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            targets.push(path);
        }
    }
    let mut mistakes = Vec::new();
    for target in targets {
        let text = fs::read_to_string(&target)?;
        if !BOUNDS.iter().any(|bound| text.contains(bound)) {
            mistakes.push(format!("{} has no upper bound", target.display()));
        }
    }
    failed_unless_empty(&mistakes)
}
