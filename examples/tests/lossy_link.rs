//! A transfer over a link that loses packets: the same packets in each run.
//!
//! Without namespaces: `tc qdisc add dev lo root netem loss 20%` requires root, affects the whole
//! machine, and loses other packets in each run. So such tests are flaky, or the code is tested
//! against a mock socket.
//!
//! `Link::loss` selects the lost packets by a seed. A failed test prints the seed, and
//! `NS_TEST_SEED` repeats it.

use std::io;
use std::net::UdpSocket;
use std::time::Duration;

use ns_test::network::{Link, Network};
use ns_test::ns_test;

/// The code under test: sends each block until it is acknowledged. Returns the number of
/// retransmissions.
fn send(socket: &UdpSocket, blocks: u32) -> io::Result<u32> {
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let mut repeated = 0;
    for block in 0..blocks {
        while !is_acknowledged(socket, block)? {
            repeated += 1;
        }
    }
    Ok(repeated)
}

fn is_acknowledged(socket: &UdpSocket, block: u32) -> io::Result<bool> {
    socket.send(&block.to_be_bytes())?;
    let mut answer = [0; 4];
    loop {
        match socket.recv(&mut answer) {
            Ok(4) if answer == block.to_be_bytes() => return Ok(true),
            // A late acknowledgement of an earlier block.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// The receiver: acknowledges every block, and keeps each block once.
fn receive(socket: &UdpSocket, blocks: u32) -> io::Result<Vec<u32>> {
    let mut kept = Vec::new();
    let mut block = [0; 4];
    while kept.last() != Some(&(blocks - 1)) {
        let (_, sender) = socket.recv_from(&mut block)?;
        socket.send_to(&block, sender)?;
        let number = u32::from_be_bytes(block);
        if kept.last() != Some(&number) {
            kept.push(number);
        }
    }
    Ok(kept)
}

#[ns_test(net, mount, timeout = "60s")]
fn every_block_arrives_once() -> Result<(), Box<dyn std::error::Error>> {
    const BLOCKS: u32 = 50;
    let mut plan = Network::plan();
    let (sender, receiver) = (plan.host("sender"), plan.host("receiver"));
    let link = plan.link(sender, receiver, Link::new().loss(0.2));
    plan.seed(7);
    let network = plan.build()?;

    let there = network[receiver].run(|| UdpSocket::bind("[::]:7000"))?;
    let here = network[sender].run(|| UdpSocket::bind("[::]:0"))?;
    here.connect("receiver:7000")?;
    let receiving = std::thread::spawn(move || receive(&there, BLOCKS));
    // The receiver stops after the last block, so the acknowledgement of that block may never
    // arrive.
    let repeated = send(&here, BLOCKS - 1)?;
    here.send(&(BLOCKS - 1).to_be_bytes())?;
    while !receiving.is_finished() {
        here.send(&(BLOCKS - 1).to_be_bytes())?;
        std::thread::sleep(Duration::from_millis(10));
    }
    let kept = receiving.join().expect("the receiver does not panic")?;
    assert_eq!(kept, (0..BLOCKS).collect::<Vec<_>>());
    assert!(repeated > 0, "a fifth of the packets is lost");
    assert!(network.stats().link(link).seen > u64::from(2 * BLOCKS));
    Ok(())
}

ns_test::main!();
