//! A path for numbered packets, through the wire of a network or through netem.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use ns_test::network::{HostId, Link, LinkId, Network};

use crate::emulator::Emulator;

/// Longer than any step takes on an emulated processor.
const LONG: Duration = Duration::from_secs(60);

/// A sender, a receiver, and what is between them.
pub(crate) struct Path {
    pub(crate) sender: UdpSocket,
    pub(crate) receiver: UdpSocket,
    between: Between,
}

enum Between {
    Wire {
        network: Network,
        a: HostId,
        link: LinkId,
    },
    Netem(Emulator),
}

impl Path {
    /// Returns a path between two hosts with this link, and this seed for its conditions.
    pub(crate) fn wire(link: Link, seed: u64) -> Self {
        let mut plan = Network::plan();
        let (a, b) = (plan.host("a"), plan.host("b"));
        let link = plan.link(a, b, link);
        plan.seed(seed);
        let network = plan.build().expect("a network");
        let to = network[b].addresses()[0];
        let receiver = network[b].run(|| UdpSocket::bind((to, 9)));
        let sender = network[a].run(|| UdpSocket::bind("0.0.0.0:0"));
        let between = Between::Wire { network, a, link };
        Self::new(sender, receiver, between)
    }

    /// Returns the path through the loopback interface with netem.
    pub(crate) fn netem(emulator: Emulator) -> Self {
        let receiver = UdpSocket::bind("127.0.0.1:9");
        let sender = UdpSocket::bind("127.0.0.1:0");
        Self::new(sender, receiver, Between::Netem(emulator))
    }

    fn new(
        sender: io::Result<UdpSocket>,
        receiver: io::Result<UdpSocket>,
        between: Between,
    ) -> Self {
        let (sender, receiver) = (sender.expect("a port"), receiver.expect("a port"));
        let address = receiver.local_addr().expect("it is bound");
        sender.connect(address).expect("an address");
        receiver.set_nonblocking(true).expect("an option");
        Self {
            sender,
            receiver,
            between,
        }
    }

    /// Sends this many numbered datagrams of this length, this many at once, and returns the
    /// numbers in the order in which they arrive.
    pub(crate) fn numbers(&self, count: u32, at_once: usize) -> Vec<u32> {
        let mut arrived = Vec::new();
        let all: Vec<u32> = (0..count).collect();
        for numbers in all.chunks(at_once) {
            for number in numbers {
                self.send(*number, 4);
            }
            let sent = u64::from(numbers.last().expect("they are some") + 1);
            self.wait(sent, &mut arrived);
        }
        arrived
    }

    /// Sends a datagram of this length that begins with the number.
    pub(crate) fn send(&self, number: u32, length: usize) {
        let mut bytes = number.to_le_bytes().to_vec();
        bytes.resize(length, 0);
        self.sender.send(&bytes).expect("it can be sent");
    }

    /// Waits until each of the packets sent so far was received or is lost.
    pub(crate) fn wait(&self, sent: u64, arrived: &mut Vec<u32>) {
        let start = Instant::now();
        loop {
            arrived.extend(std::iter::from_fn(|| self.receive()));
            let (handled, delivered) = self.handled();
            if handled >= sent && delivered == arrived.len() as u64 {
                return;
            }
            let counted = format!("{handled} handled, {delivered} delivered of {sent}");
            assert!(
                start.elapsed() < LONG,
                "{counted}, {} arrived",
                arrived.len()
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns the number of packets whose fate is decided, and of those that were delivered,
    /// including copies.
    fn handled(&self) -> (u64, u64) {
        match &self.between {
            Between::Wire { network, a, link } => {
                let total = network.stats().sent(*a, *link);
                (total.seen - total.waiting, total.delivered)
            }
            Between::Netem(emulator) => {
                let counts = emulator.counts();
                let handled = counts.sent + counts.dropped;
                (if counts.waiting == 0 { handled } else { 0 }, counts.sent)
            }
        }
    }

    /// Returns the number in the next datagram that has arrived.
    fn receive(&self) -> Option<u32> {
        let mut bytes = [0; 2048];
        match self.receiver.recv(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            received => {
                assert!(received.expect("it can be read") >= 4);
                Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            }
        }
    }
}
