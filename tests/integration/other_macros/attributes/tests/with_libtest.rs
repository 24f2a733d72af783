#[path = "../beside.rs"]
mod beside;
