#[path = "../cases/mod.rs"]
mod cases;

ns_test::main!();
