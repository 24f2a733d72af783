#[path = "../coverage.rs"]
mod coverage;
