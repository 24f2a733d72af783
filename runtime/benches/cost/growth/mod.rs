//! How the costs grow with the number of tests in a binary, of threads, and of hosts in a network.

mod curves;
mod hosts;
mod picture;
mod run;
mod sizes;
mod threads;

pub(crate) use run::run;
