//! The supervisor: a process between a test and its service.
//!
//! It starts the program as its own child and is the subreaper of everything the program starts. It
//! reads the output, receives notifications, and answers the test's requests. When the test drops
//! the service or dies, the supervisor kills the tree.
//!
//! It is a raw clone of the test's process, which may have threads: nothing here allocates or takes
//! a lock.

mod descriptors;
mod kill;
mod last_lines;
mod main_process;
mod notification;
mod output;
mod serve;
mod start;
mod supervisor_type;

pub(super) use descriptors::{Fds, MOST_SOCKETS};
pub(super) use output::Output;
pub(super) use supervisor_type::{Life, NewProcess, Supervisor};
