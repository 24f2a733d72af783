#[path = "../prepared.rs"]
mod prepared;
