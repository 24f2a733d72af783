//! The tests, grouped by what could change their verdicts. The checks run them by name.

mod filters;
mod held;
mod leftovers;
mod pages;
mod processes;
