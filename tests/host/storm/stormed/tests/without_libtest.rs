#[path = "../cases.rs"]
mod cases;

ns_test::main!();
