//! What a test sees inside: a module for each namespace. `outside` checks leaks to the outside.

mod body;
mod cgroup;
mod ipc;
mod limit;
mod mount;
mod net;
mod overlays;
mod pid;
mod since;
mod time;
mod user;
mod uts;

ns_test::main!();
