//! The channels between the processes of a run: requests on a socket, results in shared memory,
//! init's pid in a shared word.

pub(crate) mod fork_server_socket;
mod helper;
pub(crate) mod init_pid;
mod layout;
mod read_report;
mod reports;
pub(crate) mod request_socket;
pub(crate) mod result_page;
mod write_report;

pub(crate) use helper::HELPER;
