#[path = "../endings.rs"]
mod endings;

ns_test::main!();
