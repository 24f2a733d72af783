//! Services on the hosts of a network.

use std::net::TcpStream;
use std::process::Command;

use ns_test::network::{Link, Network};
use ns_test::ns_test;
use ns_test::service::{Ready, Service};

use crate::server::server;

type Check = Result<(), Box<dyn std::error::Error>>;

/// Two servers with the same port, each on its own host, and restarted from another network.
#[ns_test(net, pid)]
fn have_ports_of_their_own() -> Check {
    let mut plan = Network::plan();
    let (one, two) = (plan.host("one"), plan.host("two"));
    plan.link(one, two, Link::direct());
    let network = plan.build()?;
    let start = |host| {
        let service = network[host].service(server("sleep 20 any 80 run"));
        service.ready(Ready::port(80)).start()
    };
    let (first, _second) = (start(one)?, start(two)?);
    network[one].run(|| TcpStream::connect("two:80"))?;
    network[two].run(|| TcpStream::connect("one:80"))?;
    first.restart()?;
    network[two].run(|| TcpStream::connect("one:80"))?;
    assert!(
        TcpStream::connect("127.0.0.1:80").is_err(),
        "not on the test's network"
    );
    Ok(())
}

/// A service that is started in `run` is on that host, and stays there.
#[ns_test(net, pid)]
fn can_be_started_in_a_run() -> Check {
    let mut plan = Network::plan();
    let (one, two) = (plan.host("one"), plan.host("two"));
    plan.link(one, two, Link::direct());
    let network = plan.build()?;
    let service = Service::new(server("any 80 run")).ready(Ready::port(80));
    let service = network[one].run(|| service.start())?;
    service.restart()?;
    network[two].run(|| TcpStream::connect("one:80"))?;
    Ok(())
}

#[ns_test(net, pid)]
fn are_asked_on_their_host() -> Check {
    let mut plan = Network::plan();
    let (one, two) = (plan.host("one"), plan.host("two"));
    plan.link(one, two, Link::direct());
    let network = plan.build()?;
    let mut check = Command::new("sh");
    check.args(["-c", "grep -q :0050 /proc/self/net/tcp6"]);
    let service = network[one].service(server("sleep 20 any 80 run"));
    let connects = || TcpStream::connect("127.0.0.1:80").is_ok();
    let ready = Ready::command(&check).and(Ready::when(connects));
    service.ready(ready).start()?;
    Ok(())
}

#[ns_test(net, pid)]
fn have_the_hosts_name_in_errors() -> Check {
    let mut plan = Network::plan();
    let (one, two) = (plan.host("one"), plan.host("two"));
    plan.link(one, two, Link::direct());
    let network = plan.build()?;
    let error = network[one]
        .service(server("exit 3"))
        .ready(Ready::port(80))
        .start();
    let error = error.expect_err("it exits").to_string();
    assert!(error.starts_with("service `one/exe` (pid "), "{error}");
    Ok(())
}
