#[path = "../sanitized.rs"]
mod sanitized;
