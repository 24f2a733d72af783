//! The wire's state, which the test's process makes.

use std::os::fd::OwnedFd;

use crate::network::id::HostId;
use crate::network::topology::{Port, Topology};
use crate::sys::packet::{BATCH, Receiver, Sender};

use super::capture::Capture;
use super::counter::Counts;
use super::fate::Direction;
use super::last_words::LastWords;
use super::message::Blocks;
use super::pool::{Pool, Slot};
use super::queue::Queue;
use super::settings::Settings;
use super::switch::Ways;

/// The index of the hub's end of port 0. A port's end has this plus the port's number.
pub(in crate::network) const FIRST_HUB_INDEX: u32 = 2000;

/// The bytes of a frame in addition to its MTU: the Ethernet header, and a second VLAN tag (the
/// first has its own room).
const HEADERS: usize = 14 + 4;

/// The wire's state. The test's process makes it, and its clone uses it.
pub(super) struct Wire<'a> {
    pub(super) seed: u64,
    pub(super) packets: OwnedFd,
    pub(super) control: OwnedFd,
    pub(super) counts: &'a Counts,
    pub(super) ways: Ways,
    pub(super) blocks: Blocks,
    pub(super) directions: Vec<Direction>,
    pub(super) capture: Option<Capture>,
    pub(super) pool: Pool,
    pub(super) queue: Queue,
    pub(super) receiver: Receiver,
    pub(super) sender: Sender,
    /// Frames to send, with their destination ports.
    pub(super) leaving: Vec<(Slot, usize)>,
    pub(super) message: Vec<u8>,
    pub(super) last_words: LastWords,
}

impl<'a> Wire<'a> {
    /// Allocates all memory that the wire will need.
    pub(super) fn new(
        topology: &Topology,
        seed: u64,
        packets: OwnedFd,
        control: OwnedFd,
        counts: &'a Counts,
        capture: Option<OwnedFd>,
    ) -> Self {
        let ports = topology.ports.len();
        let (mut longest, mut directions) = (0, Vec::new());
        for port in &topology.ports {
            longest = longest.max(port.mtu as usize);
            directions.push(Direction::new(settings(topology, port)));
        }
        let pool = Pool::new(longest + HEADERS);
        let blocks = Blocks::new(ports, topology.hosts.len());
        let capture = capture.map(|file| Capture::new(file, topology, pool.longest()));
        Self {
            seed,
            packets,
            control,
            counts,
            ways: Ways::new(topology),
            directions,
            capture,
            queue: Queue::new(4 * pool.slots(), ports),
            pool,
            receiver: Receiver::new(),
            sender: Sender::new(),
            leaving: Vec::with_capacity(BATCH + ports),
            message: vec![0; blocks.longest_message()],
            last_words: LastWords::new(topology),
            blocks,
        }
    }
}

/// Returns the conditions of the frames that a port sends.
fn settings(topology: &Topology, port: &Port) -> Settings {
    let host = HostId {
        plan: topology.plan,
        number: port.host,
    };
    Settings::new(&topology.segments[port.segment].link.conditions_from(host))
}
