//! Networks of hosts, in several processes at a time.

use std::io;
use std::net::{TcpListener, TcpStream};

use ns_test::network::{Link, Network};
use ns_test::ns_test;

/// Connects two hosts of a network of three.
fn connects(link: Link) -> io::Result<()> {
    let mut plan = Network::plan();
    let hosts = ["a", "b", "c"].map(|name| plan.host(name));
    plan.switch(&hosts, link);
    let network = plan.build()?;
    let listener = network[hosts[2]].run(|| TcpListener::bind("[::]:80"))?;
    network[hosts[0]].run(|| TcpStream::connect("c:80"))?;
    listener.accept().map(drop)
}

#[ns_test(net, mount)]
fn first() -> io::Result<()> {
    connects(Link::new())
}

#[ns_test(net, mount)]
fn second() -> io::Result<()> {
    connects(Link::new().delay(std::time::Duration::from_millis(2)))
}

#[ns_test(net, mount, pid)]
fn third() -> io::Result<()> {
    connects(Link::new())
}

#[ns_test(net, mount)]
fn fails_and_reports() -> io::Result<()> {
    connects(Link::new())?;
    let mut plan = Network::plan();
    let (client, server) = (plan.host("client"), plan.host("server"));
    plan.link(client, server, Link::new());
    let _network = plan.build()?;
    Err(io::Error::other("on purpose"))
}
