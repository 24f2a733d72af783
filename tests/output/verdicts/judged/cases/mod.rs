//! The tests, by what could turn their verdicts. The checks run them by name.

mod filters;
mod held;
mod leftovers;
mod pages;
mod processes;
