//! The two ways in which a launcher makes init: in its own memory, or with a copy of it.

mod clone;
mod context;
mod make_init;
mod vfork;

pub(super) use context::{InitContext, SpawnRequest};
pub(super) use make_init::make_init;
