//! Networks of hosts inside one test, from the inside.

mod build;
mod busy;
mod conditions;
mod cuts;
mod events;
mod hosts;
mod many;
mod mistakes;
mod nat;
mod read_back;
mod routers;
mod switches;
mod traffic;
mod wire;

ns_test::main!();
