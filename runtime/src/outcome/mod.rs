//! What became of a test: its verdict, its output, and what its sandbox and its processes looked like.

#[cfg(target_os = "linux")]
pub(crate) mod captured_output;
#[cfg(target_os = "linux")]
pub(crate) mod finished;
pub(crate) mod keep;
#[cfg(target_os = "linux")]
pub(crate) mod processes;
mod sandbox_state;
#[cfg(target_os = "linux")]
pub(crate) mod verdict;
