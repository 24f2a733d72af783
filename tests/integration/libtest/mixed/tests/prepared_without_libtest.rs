#[path = "../prepared.rs"]
mod prepared;

ns_test::main!();
