//! Services on the hosts of a network.

use std::borrow::Borrow;
use std::process::Command;

use super::Service;
use crate::network::Host;

impl Host {
    /// Returns a service that runs this command on this host: a [`Service::new`] with the host's
    /// network.
    ///
    /// It has the files, the processes and the host name of the test. Programs and functions of
    /// [`Ready`](super::Ready) run on the host, too. Its name in messages is `HOST/PROGRAM`.
    ///
    /// ```no_run
    /// # use std::process::Command;
    /// # use ns_test::network::{Link, Network};
    /// # use ns_test::service::Ready;
    /// # #[ns_test::ns_test(net, mount)]
    /// # fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut plan = Network::plan();
    /// # let (client, db) = (plan.host("client"), plan.host("db"));
    /// # plan.link(client, db, Link::new());
    /// # let network = plan.build()?;
    /// let mut program = Command::new("redis-server");
    /// let redis = network[db].service(program.args(["--protected-mode", "no"]));
    /// let redis = redis.ready(Ready::port(6379)).start()?;
    /// let client = network[client].run(|| std::net::TcpStream::connect("db:6379"))?;
    /// # drop((redis, client)); Ok(()) }
    /// ```
    pub fn service(&self, command: impl Borrow<Command>) -> Service {
        let mut service = Service::new(command);
        service.name = format!("{}/{}", self.name(), service.name);
        service.host = Some(self.clone());
        service
    }
}
