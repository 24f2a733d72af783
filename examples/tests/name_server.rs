//! A name server and a resolver, on two hosts.
//!
//! Without namespaces: the server listens on port 5353 of localhost, the resolver has a setting
//! only for tests, and no test covers a lost answer.
//!
//! Here both use the real port, and `Network::drop_next` loses exactly one packet.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use ns_test::network::{Link, LinkId, Network};
use ns_test::ns_test;

/// The server under test: answers every address query (RFC 1035, section 4) with this address.
fn serve(socket: &UdpSocket, address: Ipv4Addr) -> io::Result<()> {
    let mut message = [0; 512];
    loop {
        let (length, client) = socket.recv_from(&mut message)?;
        let mut answer = message[..length].to_vec();
        answer[2] |= 0x80; // a response
        answer[7] = 1; // with one answer
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]); // the name above, A, IN, 60 s
        answer.extend(address.octets());
        socket.send_to(&answer, client)?;
    }
}

/// The resolver under test: repeats the query if no answer arrives.
fn resolve(socket: &UdpSocket, name: &str) -> io::Result<Ipv4Addr> {
    const TRIES: u8 = 3;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    for id in 0..TRIES {
        let mut question = vec![0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            question.push(u8::try_from(label.len()).map_err(io::Error::other)?);
            question.extend(label.bytes());
        }
        question.extend([0, 0, 1, 0, 1]);
        socket.send(&question)?;
        let mut answer = [0; 512];
        let received = socket.recv(&mut answer).ok();
        if let Some(address) = received.and_then(|length| answer[..length].last_chunk::<4>()) {
            return Ok(Ipv4Addr::from(*address));
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// Returns the two hosts, and the resolver's socket.
fn hosts() -> Result<(Network, LinkId, UdpSocket), Box<dyn Error>> {
    let mut plan = Network::plan();
    let (client, server) = (plan.host("client"), plan.host("ns1"));
    let link = plan.link(client, server, Link::new());
    let network = plan.build()?;
    let listener = network[server].run(|| UdpSocket::bind("[::]:53"))?;
    std::thread::spawn(move || serve(&listener, ADDRESS));
    let socket = network[client].run(|| UdpSocket::bind("[::]:0"))?;
    socket.connect("ns1:53")?;
    Ok((network, link, socket))
}

#[ns_test(net, mount, timeout = "60s")]
fn a_name_is_resolved() -> Result<(), Box<dyn Error>> {
    let (_network, _link, socket) = hosts()?;
    assert_eq!(resolve(&socket, "db.test")?, ADDRESS);
    Ok(())
}

#[ns_test(net, mount, timeout = "60s")]
fn a_lost_question_is_asked_again() -> Result<(), Box<dyn Error>> {
    let (network, link, socket) = hosts()?;
    network.drop_next(link, 1);
    assert_eq!(resolve(&socket, "db.test")?, ADDRESS);
    Ok(())
}

#[ns_test(net, mount, timeout = "60s")]
fn a_server_that_is_gone_is_an_error() -> Result<(), Box<dyn Error>> {
    let (network, link, socket) = hosts()?;
    let _cut = network.cut(link);
    let error = resolve(&socket, "db.test").expect_err("nothing answers");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    Ok(())
}

ns_test::main!();
