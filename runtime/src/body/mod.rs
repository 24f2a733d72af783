//! The body: PID 2 of a sandbox, the process that runs the test's function or executes the
//! command's program.

#[cfg(target_os = "linux")]
mod context;
#[cfg(target_os = "linux")]
mod environment;
#[cfg(target_os = "linux")]
pub(crate) mod exec;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
pub(crate) mod role;
#[cfg(target_os = "linux")]
mod run;
pub(crate) mod skip;
#[cfg(target_os = "linux")]
mod task;

#[cfg(all(target_os = "linux", feature = "network"))]
pub(crate) use context::{AtEnd, at_end, running_test};
#[cfg(target_os = "linux")]
pub(crate) use report::PANIC_CODE;
#[cfg(target_os = "linux")]
pub(crate) use run::{execute, run};
