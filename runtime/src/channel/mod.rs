//! What the processes of a run tell each other: requests on a socket, results in shared memory, init's pid in a word of it.

pub(crate) mod fork_server_socket;
pub(crate) mod init_pid;
mod layout;
mod read_report;
mod reports;
pub(crate) mod request_socket;
pub(crate) mod result_page;
mod write_report;

/// The name of a process that serves the test's process, and reports when that is gone: init gives it time for that, and takes it
/// for no leftover.
pub(crate) const HELPER: &std::ffi::CStr = c"ns-test wire";
