#[path = "../serial.rs"]
mod serial;
