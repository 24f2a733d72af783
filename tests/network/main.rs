//! Networks of hosts inside one test, from the inside.

mod build;
mod hosts;

ns_test::main!();
