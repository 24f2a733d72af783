#[path = "../cases.rs"]
mod cases;
