//! The cost of networks of hosts, compared with bare namespaces, a direct veth pair, and a thread.

mod bare;
mod comparison;
mod making;
mod raw;
mod role;
mod rounds;
mod traffic;

pub(crate) use comparison::{GOALS, Goal, LABS, run, switches};
pub(crate) use role::role;
