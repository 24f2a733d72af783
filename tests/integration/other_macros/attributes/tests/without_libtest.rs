#[path = "../beside.rs"]
mod beside;

#[path = "../network.rs"]
mod network;

ns_test::main!();
