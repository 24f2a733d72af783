#[path = "../serial.rs"]
mod serial;

ns_test::main!();
