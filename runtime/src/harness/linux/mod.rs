//! A run on Linux: launchers, workers, and what each test needs of the harness.

mod attempt;
mod broken_stdout;
mod constructors;
mod foreign_trees;
mod libtest;
mod monitor;
mod monitored_init;
mod namespace_limits;
mod oom_kills;
mod pool;
mod preparations;
mod prepare;
mod prepared_directory;
mod reaper;
mod retry;
mod run;
mod run_options;
mod run_state;
mod run_test;
mod serial_lock;
mod skip_refused;
mod start;
mod stream_flags;
mod worker;

pub(super) use constructors::execute_again_without_threads;
pub use libtest::libtest_entry;
pub(super) use start::{doctor, run};
