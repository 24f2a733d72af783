//! What networks of hosts cost: against bare namespaces, a direct veth pair, and a thread.

mod bare;
mod comparison;
mod making;
mod raw;
mod role;
mod rounds;
mod traffic;

pub(crate) use comparison::{GOALS, Goal, LABS, run};
pub(crate) use role::role;
