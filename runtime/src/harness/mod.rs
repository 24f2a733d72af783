//! The harness: the process that cargo starts. It runs the tests of a binary and returns libtest's
//! exit code.

mod args;
mod duration;
mod entry;
mod env;
mod exit;
mod filter;
#[cfg(target_os = "linux")]
mod linux;
mod shuffle;
mod unsupported;

pub use entry::{Harness, doctor, run, run_from_main_macro};
#[cfg(target_os = "linux")]
pub use linux::libtest_entry;
pub use unsupported::did_not_run;
