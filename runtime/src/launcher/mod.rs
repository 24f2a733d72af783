//! The launcher: the single-threaded process that makes the init of each test. This folder holds
//! its side and the harness's handle.

pub(crate) mod constructors;
pub(crate) mod fork_server;
mod handle;
mod kept_plan;
mod lifeline;
pub(crate) mod optimizations;
mod serve;
mod spawn;

pub(crate) use handle::Launcher;
pub(crate) use lifeline::Lifeline;
