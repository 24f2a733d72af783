//! The result of a test: its verdict, its output, and the state of its sandbox and its processes.

#[cfg(target_os = "linux")]
pub(crate) mod captured_output;
pub(crate) mod debug_options;
#[cfg(target_os = "linux")]
pub(crate) mod finished;
#[cfg(target_os = "linux")]
pub(crate) mod keep;
#[cfg(target_os = "linux")]
pub(crate) mod prepared;
#[cfg(target_os = "linux")]
pub(crate) mod processes;
#[cfg(target_os = "linux")]
mod sandbox_state;
#[cfg(target_os = "linux")]
mod signal_names;
#[cfg(target_os = "linux")]
pub(crate) mod verdict;

#[cfg(target_os = "linux")]
pub(crate) use signal_names::describe as describe_signal;
