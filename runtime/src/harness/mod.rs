//! The harness: the process that cargo starts. It runs the tests of a binary and returns libtest's
//! exit code.

mod args;
#[cfg(target_os = "linux")]
mod attempt;
#[cfg(target_os = "linux")]
mod broken_stdout;
#[cfg(target_os = "linux")]
mod constructors;
mod duration;
mod entry;
mod env;
mod exit;
mod filter;
#[cfg(target_os = "linux")]
mod foreign_trees;
#[cfg(target_os = "linux")]
mod libtest;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod monitor;
#[cfg(target_os = "linux")]
mod namespace_limits;
#[cfg(target_os = "linux")]
mod oom_kills;
#[cfg(target_os = "linux")]
mod pool;
#[cfg(target_os = "linux")]
mod preparations;
#[cfg(target_os = "linux")]
mod prepare;
#[cfg(target_os = "linux")]
mod prepared_directory;
#[cfg(target_os = "linux")]
mod reaper;
#[cfg(target_os = "linux")]
mod retry;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod run_state;
#[cfg(target_os = "linux")]
mod run_test;
#[cfg(target_os = "linux")]
mod serial_lock;
mod shuffle;
#[cfg(target_os = "linux")]
mod skip_refused;
#[cfg(target_os = "linux")]
mod stream_flags;
mod unsupported;
#[cfg(target_os = "linux")]
mod worker;

pub use entry::{Harness, doctor, run, run_from_main_macro};
#[cfg(target_os = "linux")]
pub use libtest::libtest_entry;
pub use unsupported::did_not_run;
