#[path = "../beside.rs"]
mod beside;

ns_test::main!();
