//! Code on a host: closures, threads, futures, programs.

use std::ffi::OsStr;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::on::On;
use super::place::Place;
use super::topology::Topology;
use crate::command::Command;
use crate::request::Sandbox;

/// A host of a network: `network[id]`. Its clones refer to the same host.
///
/// The host exists as long as a clone of it, or a socket or process on it, even after the
/// [`Network`](super::Network) is dropped. Without the `Network` no packet passes.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    addresses: Vec<IpAddr>,
}

impl Host {
    pub(super) fn new(topology: &Topology, host: usize, namespace: OwnedFd) -> Self {
        let node = &topology.hosts[host];
        let mut addresses = Vec::new();
        for port in &node.ports {
            for (address, _) in &topology.ports[*port].addresses {
                addresses.push(*address);
            }
        }
        Self {
            inner: Arc::new(Inner {
                place: Place::new(&node.name, namespace),
                addresses,
            }),
        }
    }

    /// Returns its name, which resolves on every host.
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.place.host()
    }

    /// Returns its addresses: those of its first link first, and IPv4 before IPv6. Link-local
    /// addresses are not included.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        &self.inner.addresses
    }

    /// Runs the closure on this host: the calling thread is in the host's network namespace
    /// (`setns(2)`) until it returns. The switch takes a few microseconds.
    ///
    /// A socket opened in the closure stays on the host, wherever the test uses it later. So do
    /// threads and processes started in it. Calls may nest. When the closure panics, the thread
    /// returns to the test's own network before it unwinds further.
    ///
    /// ```no_run
    /// # use ns_test::network::{Link, Network};
    /// # #[ns_test::ns_test(net, mount)]
    /// # fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut plan = Network::plan();
    /// # let server = plan.host("server");
    /// # let network = plan.build()?;
    /// let listener = network[server].run(|| std::net::TcpListener::bind("0.0.0.0:80"))?;
    /// # drop(listener); Ok(()) }
    /// ```
    ///
    /// # Panics
    /// If the kernel refuses `setns(2)`: the test has lost CAP_SYS_ADMIN, or no descriptor is free.
    /// If the kernel refuses the way back, the process aborts, because all later code would run on
    /// the wrong network.
    #[track_caller]
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        self.inner.place.run(f)
    }

    /// Wraps a future so that it is on this host whenever it is polled, on any thread and runtime.
    ///
    /// Work that the future hands to other tasks is not wrapped: see [what
    /// escapes](super#what-escapes-from-on).
    ///
    /// ```no_run
    /// # use ns_test::network::{Link, Network};
    /// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut plan = Network::plan();
    /// # let server = plan.host("server");
    /// # let network = plan.build()?;
    /// # async fn serve(name: &str) {}
    /// let host = network[server].clone();
    /// let served = network[server].on(async move { serve(host.name()).await });
    /// served.await;
    /// # Ok(()) }
    /// ```
    pub fn on<F: Future>(&self, future: F) -> On<F> {
        On::new(self.inner.place.clone(), future)
    }

    /// Runs the closure on a new thread on this host. Everything that the closure starts is on the
    /// host, too. The thread has the host's name.
    ///
    /// Use this for a server with its own runtime: everything that a runtime spawns from this
    /// thread is on the host.
    ///
    /// # Panics
    /// If no thread can be created. If the kernel refuses `setns(2)`, that thread panics, as
    /// [`run`](Self::run) does.
    pub fn thread<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let place = self.inner.place.clone();
        let thread = thread::Builder::new().name(self.name().to_owned());
        let spawned = thread.spawn(move || {
            place.enter();
            f()
        });
        spawned.unwrap_or_else(|error| {
            panic!(
                "failed to create a thread for host `{}`: {error}",
                self.name()
            )
        })
    }

    /// Returns a command that runs the program on this host, with its own process tree, host name,
    /// /sys and `/proc/net`, as on a separate machine. The program sees the files that the test
    /// sees. Its host name is the host's, with `-` for `_` (`hostname(7)`), or only the part before
    /// the first dot if that has more than 64 bytes (`uname(2)`).
    ///
    /// ```no_run
    /// # use ns_test::network::{Link, Network};
    /// # #[ns_test::ns_test(net, mount)]
    /// # fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut plan = Network::plan();
    /// # let (client, server) = (plan.host("client"), plan.host("server"));
    /// # plan.link(client, server, Link::new());
    /// # let network = plan.build()?;
    /// let output = network[client].command("ping").args(["-c", "1", "server"]).output()?;
    /// assert!(output.status.success());
    /// # Ok(()) }
    /// ```
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        self.command_in(&Sandbox::new().host_tmp(), program)
    }

    /// Returns a [`command`](Self::command) in this sandbox, with further mounts, limits or
    /// variables. The network is always this host's, whatever the sandbox's `net` is.
    pub fn command_in(&self, sandbox: &Sandbox, program: impl AsRef<OsStr>) -> Command {
        let sandbox = sandbox.clone().pid().hostname(self.short_name());
        sandbox
            .command(program)
            .on_network(Arc::clone(self.inner.place.namespace()))
    }

    /// Returns the name for `sethostname(2)`.
    fn short_name(&self) -> String {
        /// `__NEW_UTS_LEN` of the kernel.
        const LONGEST: usize = 64;
        let name = self.name().replace('_', "-");
        match name.split_once('.') {
            Some((first, _)) if name.len() > LONGEST => first.to_owned(),
            _ => name,
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Host")
            .field("name", &self.name())
            .field("addresses", &self.inner.addresses)
            .finish_non_exhaustive()
    }
}
