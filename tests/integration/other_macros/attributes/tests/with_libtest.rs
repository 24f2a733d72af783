#[path = "../beside.rs"]
mod beside;

#[path = "../network.rs"]
mod network;
