#[path = "../elsewhere.rs"]
mod elsewhere;

ns_test::main!();
