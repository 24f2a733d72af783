//! Two clients behind a home router, which translates their addresses to its own.
//!
//! Without namespaces: `iptables -t nat -A POSTROUTING -j MASQUERADE` as root, on a machine with
//! two networks.
//!
//! `Plan::masquerade` is one line, and needs no program.

use std::error::Error;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use ns_test::network::{Link, Network};
use ns_test::ns_test;

#[ns_test(net, mount, timeout = "60s")]
fn both_clients_have_the_routers_address() -> Result<(), Box<dyn Error>> {
    let mut plan = Network::plan();
    let clients = [plan.host("laptop"), plan.host("phone")];
    let home = plan.router("home");
    let server = plan.host("server");
    plan.switch(&[clients[0], clients[1], home], Link::new());
    let uplink = plan.link(home, server, Link::new().delay(Duration::from_millis(5)));
    plan.masquerade(home, uplink);
    let network = plan.build()?;

    let listener = network[server].run(|| TcpListener::bind("[::]:443"))?;
    let mut peers: Vec<SocketAddr> = Vec::new();
    for client in clients {
        let connection = network[client].run(|| TcpStream::connect("server:443"))?;
        let (mut accepted, peer) = listener.accept()?;
        drop(connection);
        assert_eq!(
            accepted.read(&mut [0])?,
            0,
            "the end of the connection arrives, too"
        );
        peers.push(peer);
    }
    let router = network[home].addresses();
    for peer in &peers {
        assert!(
            router.contains(&peer.ip().to_canonical()),
            "{peer} is not of {router:?}"
        );
    }
    Ok(())
}

/// From outside, only the router's own ports can be reached.
#[ns_test(net, mount, timeout = "60s")]
fn the_server_cannot_connect_to_a_client() -> Result<(), Box<dyn Error>> {
    let mut plan = Network::plan();
    let (laptop, home, server) = (
        plan.host("laptop"),
        plan.router("home"),
        plan.host("server"),
    );
    plan.link(laptop, home, Link::direct());
    let uplink = plan.link(home, server, Link::direct());
    plan.masquerade(home, uplink);
    let network = plan.build()?;
    let address = SocketAddr::from((network[home].addresses()[0], 8080));
    let _listener = network[laptop].run(|| TcpListener::bind("[::]:8080"))?;
    let refused =
        network[server].run(|| TcpStream::connect_timeout(&address, Duration::from_millis(500)));
    assert!(refused.is_err());
    Ok(())
}

ns_test::main!();
