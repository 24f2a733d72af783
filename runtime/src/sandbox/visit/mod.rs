//! The calling thread's stay in another network namespace, and its way back.

mod guard;
mod way_home;

pub(crate) use guard::Visit;
#[cfg(feature = "network")]
pub(crate) use guard::{RefusedCall, current_network, enter};
