//! What a test sees inside: a module for each namespace. The leaks to the outside are in `outside`.

mod body;
mod cgroup;
mod ipc;
mod limit;
mod mount;
mod net;
mod pid;
mod time;
mod user;
mod uts;

ns_test::main!();
