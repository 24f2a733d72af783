#[path = "../endings.rs"]
mod endings;
