//! Real services in a test: start a daemon, wait until it is ready, and kill all of its processes
//! at the end.
//!
//! ```no_run
//! use std::process::Command;
//!
//! use ns_test::ns_test;
//! use ns_test::service::{Ready, Service};
//!
//! #[ns_test(user, net, mount)]
//! fn counts_visits() -> std::io::Result<()> {
//!     let _redis = Service::new(Command::new("redis-server").args(["--supervised", "systemd"]))
//!         .ready(Ready::notified())
//!         .start()?;
//!     let _client = std::net::TcpStream::connect("127.0.0.1:6379")?;
//!     Ok(())
//! }
//! ```
//!
//! [`Service`] is the program. [`Ready`] defines when the test can use it. The guide has
//! [recipes](https://github.com/ns-test/ns-test/blob/main/docs/services.md) for common servers.
//!
//! A small process, the supervisor, runs between the test and the service. It reads the service's
//! output, receives its notifications, and kills what the service started. It is not a thread: a
//! test's body has one thread only.

mod condition;
mod copied_command;
mod error;
mod handle;
mod launch;
mod message;
mod notify_socket;
#[cfg(feature = "network")]
mod on_host;
mod owned_sockets;
mod problem;
mod process_tree;
mod ready;
mod running;
mod service_type;
mod start;
mod status;
mod supervisor;
mod wait;

pub use error::Error;
pub use ready::Ready;
pub use service_type::Service;
