//! Init: PID 1 of a sandbox. It makes the sandbox, forks the body, and kills whatever outlives the body.

mod leftovers;
mod proc;
mod run;

pub(crate) use run::{Fds, Init, Job};
