//! Networks of hosts inside one test, from the inside.

mod build;
mod conditions;
mod cuts;
mod hosts;
mod mistakes;
mod nat;
mod routers;
mod switches;
mod traffic;
mod wire;

ns_test::main!();
