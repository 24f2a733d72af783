//! `Sandbox::command`: a program in a sandbox of its own, from any process.

mod builder;
mod child;
mod result_pages;

pub use builder::{Command, Stdio};
pub use child::Child;
