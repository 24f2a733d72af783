#[path = "../sanitized.rs"]
mod sanitized;

ns_test::main!();
