#[path = "../coverage.rs"]
mod coverage;

ns_test::main!();
