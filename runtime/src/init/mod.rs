//! Init: PID 1 of a sandbox. It makes the sandbox, forks the body, and kills every process that
//! outlives the body.

mod fork_body;
mod leftovers;
mod proc;
mod run;
mod running_body;
pub(crate) mod signals;
pub(crate) mod streams;
mod supervise;

pub(crate) use run::{Fds, Init, Job};
