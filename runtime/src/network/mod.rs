//! Networks of hosts inside one test: links with delay and loss, partitions, routers, captures.
//!
//! A [`Plan`] lists the hosts and how they are connected. [`Plan::build`] makes the [`Network`] of
//! network namespaces and `veth(4)` pairs, unprivileged and in milliseconds. A [`Host`] runs code
//! on it. Nothing has to be installed, and nothing remains when the test ends.
//!
//! ```no_run
//! use std::io::{Read, Write};
//! use std::net::{TcpListener, TcpStream};
//! use std::time::Duration;
//!
//! use ns_test::network::{Link, Network};
//! use ns_test::ns_test;
//!
//! #[ns_test(net, mount)]
//! fn survives_a_partition() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut plan = Network::plan();
//!     let (client, server) = (plan.host("client"), plan.host("server"));
//!     let slow = Link::new().delay(Duration::from_millis(10)).loss(0.01);
//!     let wan = plan.link(client, server, slow);
//!     let network = plan.build()?;
//!
//!     let listener = network[server].run(|| TcpListener::bind(("server", 80)))?;
//!     let mut client = network[client].run(|| TcpStream::connect("server:80"))?;
//!     let (mut server, _) = listener.accept()?;
//!     let cut = network.cut(wan);
//!     client.write_all(b"hello")?;
//!     server.set_read_timeout(Some(Duration::from_millis(200)))?;
//!     assert!(server.read(&mut [0; 5]).is_err());
//!     cut.heal();
//!     server.set_read_timeout(None)?;
//!     server.read_exact(&mut [0; 5])?;
//!     Ok(())
//! }
//! ```
//!
//! # Reproducibility
//!
//! Four values decide whether a packet is lost, duplicated, reordered or late: the seed, the link,
//! the direction and the packet's number in it. The n-th packet has the same fate in each run. The
//! programs determine which packet is the n-th one; with TCP the acknowledgements depend on timing.
//! A failed test prints its seed, and `NS_TEST_SEED` repeats it.
//!
//! # What escapes from `on`
//!
//! A future wrapped by [`Host::on`] is on the host only while it is polled. Work that it hands to
//! other tasks or threads runs on the test's own network:
//!
//! - A task that it spawns (`tokio::spawn`). Wrap that task, too: `tokio::spawn(host.on(task))`.
//! - Work for a thread pool (`spawn_blocking`, which tokio's resolver, `lookup_host` and `connect`
//!   by name use). A thread that the pool starts during a poll stays on the host, even when it
//!   later works for other tasks. Resolve names with `std::net::ToSocketAddrs` in a
//!   [`run`](Host::run), or connect to one of the host's [`addresses`](Host::addresses).
//!
//! A `LocalSet`, or a runtime, that the future itself polls does not escape: it is on the host.
//!
//! A server that hands work to other tasks or threads can get a thread with its own runtime:
//! [`Host::thread`]. Everything in it is on the host.
//!
//! `/proc/net` and `/sys/class/net` show the test's own network, even in a [`run`](Host::run),
//! because they belong to the process. In programs that [`Host::command`] starts they show the
//! host's network. `/proc/thread-self/net` is always right.
//!
//! # Requirements
//!
//! Linux 5.4 with `veth`, and `packet(7)` sockets for all links that are not direct.
//! [`Network::probe`] reports whether they are available. A network uses a descriptor for each
//! host, three for the wire, and a process that sleeps while no packet is sent.

mod address;
mod artifact;
mod blocking;
mod build;
mod condition;
mod cut;
mod drawing;
mod error;
mod host;
mod hosts_file;
mod id;
mod link;
mod mistake;
mod nat;
mod netlink;
mod on;
mod partition;
mod place;
mod plan;
mod prefix;
mod record;
mod refused;
mod registry;
mod report;
mod resolve;
mod route;
mod running;
mod seed;
mod stats;
mod topology;
mod wire;

pub use crate::sys::Errno;
pub use cut::{Cut, Hold};
pub use error::Error;
pub use host::Host;
pub use id::{HostId, LinkId, SwitchId};
pub use link::Link;
pub use mistake::Mistake;
pub use on::On;
pub use plan::Plan;
pub use refused::Refused;
pub use running::Network;
pub use stats::{Counters, Stats};
