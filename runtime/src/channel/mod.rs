//! The channels between the processes of a run: requests on a socket, results in shared memory,
//! init's pid in a shared word.

pub(crate) mod fork_server_socket;
pub(crate) mod init_pid;
mod layout;
mod read_report;
mod reports;
pub(crate) mod request_socket;
pub(crate) mod result_page;
mod write_report;

/// The name of a process that serves the test's process, and reports when the test's process is
/// gone. Init gives it time for that, and does not count it as a leftover process.
pub(crate) const HELPER: &std::ffi::CStr = c"ns-test wire";
