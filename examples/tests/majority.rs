//! A protocol of five nodes that needs a majority, partitioned and healed.
//!
//! Without namespaces: five containers or virtual machines, `iptables` on each of them for the
//! partition, and a sleep until it takes effect. Or five ports of localhost, which cannot be
//! partitioned.
//!
//! `Network::split` is atomic: after it returns, no packet passes between the groups.

use std::error::Error;
use std::io;
use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

use ns_test::network::{HostId, Link, Network};
use ns_test::ns_test;

const NODES: usize = 5;
const PORT: u16 = 7000;

/// The code under test, on the voters: votes for every proposal that the node receives.
fn vote(socket: &UdpSocket) -> io::Result<()> {
    let mut proposal = [0; 8];
    loop {
        let (length, proposer) = socket.recv_from(&mut proposal)?;
        socket.send_to(&proposal[..length], proposer)?;
    }
}

/// The code under test, on the proposer: returns whether a majority of the nodes votes for the
/// value in time.
fn is_accepted(socket: &UdpSocket, value: u64) -> io::Result<bool> {
    /// A majority answers in a few milliseconds; a busy machine may need longer.
    const PATIENCE: Duration = Duration::from_secs(2);
    for number in 1..=NODES {
        socket.send_to(
            &value.to_be_bytes(),
            (format!("node{number}").as_str(), PORT),
        )?;
    }
    let begin = Instant::now();
    let mut votes = 0;
    while let Some(left) = PATIENCE
        .checked_sub(begin.elapsed())
        .filter(|left| !left.is_zero())
    {
        socket.set_read_timeout(Some(left))?;
        let mut vote = [0; 8];
        match socket.recv(&mut vote) {
            // A vote for an older proposal may arrive late.
            Ok(8) if vote == value.to_be_bytes() => votes += 1,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(votes > NODES / 2)
}

/// Starts five nodes on a switch, each of which votes.
fn cluster() -> Result<(Network, Vec<HostId>), Box<dyn Error>> {
    let mut plan = Network::plan();
    let nodes: Vec<HostId> = (1..=NODES)
        .map(|number| plan.host(format!("node{number}")))
        .collect();
    plan.switch(&nodes, Link::new().delay(Duration::from_millis(2)));
    let network = plan.build()?;
    for &node in &nodes {
        let voter = network[node].run(|| UdpSocket::bind(("::", PORT)))?;
        thread::spawn(move || vote(&voter));
    }
    Ok((network, nodes))
}

#[ns_test(net, mount, timeout = "60s")]
fn only_the_majority_goes_on() -> Result<(), Box<dyn Error>> {
    let (network, nodes) = cluster()?;
    let proposer = |node: usize| network[nodes[node]].run(|| UdpSocket::bind("[::]:0"));
    let (minority, majority) = (proposer(0)?, proposer(4)?);
    assert!(is_accepted(&minority, 1)?);

    let split = network.split(&[&nodes[..2], &nodes[2..]]);
    assert!(!is_accepted(&minority, 2)?, "two of five");
    assert!(is_accepted(&majority, 3)?, "three of five");
    split.heal();
    assert!(is_accepted(&minority, 4)?);
    Ok(())
}

#[ns_test(net, mount, timeout = "60s")]
fn two_lost_nodes_are_no_obstacle_and_three_are() -> Result<(), Box<dyn Error>> {
    let (network, nodes) = cluster()?;
    let proposer = network[nodes[0]].run(|| UdpSocket::bind("[::]:0"))?;
    let _fourth = network.isolate(nodes[3]);
    let _fifth = network.isolate(nodes[4]);
    assert!(is_accepted(&proposer, 1)?);
    let third = network.isolate(nodes[2]);
    assert!(!is_accepted(&proposer, 2)?);
    third.heal();
    assert!(is_accepted(&proposer, 3)?);
    Ok(())
}

ns_test::main!();
