#[path = "../cases/mod.rs"]
mod cases;
