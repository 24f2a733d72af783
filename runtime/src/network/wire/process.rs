//! The wire's own process, which receives, delays and sends frames.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::SystemTime;

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::prctl;
use nix::sys::time::TimeSpec;
use nix::unistd::{Pid, setpgid};

use crate::channel;
use crate::network::topology::Topology;
use crate::sys::packet::{self, BATCH, Outgoing, Received, Receiver, Sender};
use crate::sys::process::{self, Forked};
use crate::sys::{Errno, fd, socket};

use super::capture::{Capture, Way};
use super::checksum;
use super::counter::{Count, Counts};
use super::fate::{Direction, Fate, Settings};
use super::frame;
use super::last_words::LastWords;
use super::message::{self, Blocks};
use super::pool::{Pool, Slot};
use super::queue::{Held, Queue};
use super::switch::{Passage, Ways};

/// The index of the hub's end of port 0. A port's end has this plus the port's number.
pub(in crate::network) const FIRST_HUB_INDEX: u32 = 2000;

/// The bytes of a frame in addition to its MTU: the Ethernet header, and a second VLAN tag (the
/// first has its own room).
const HEADERS: usize = 14 + 4;

/// The number of batches to receive before other work.
const BATCHES_AT_ONCE: usize = 16;

/// The wire's exit codes.
const ENDED: i32 = 0;
const FAILED: i32 = 1;

/// The wire's state. The test's process makes it, and its clone uses it.
pub(super) struct Wire<'a> {
    seed: u64,
    packets: OwnedFd,
    control: OwnedFd,
    counts: &'a Counts,
    ways: Ways,
    blocks: Blocks,
    directions: Vec<Direction>,
    capture: Option<Capture>,
    pool: Pool,
    queue: Queue,
    receiver: Receiver,
    sender: Sender,
    /// Frames to send, with their destination ports.
    leaving: Vec<(Slot, usize)>,
    message: Vec<u8>,
    last_words: LastWords,
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
        let longest = topology.ports.iter().map(|port| port.mtu as usize).max();
        let pool = Pool::new(longest.unwrap_or(0) + HEADERS);
        let blocks = Blocks::new(ports, topology.hosts.len());
        let settings = |port: usize| settings(topology, port);
        let capture = capture.map(|file| Capture::new(file, topology, pool.longest()));
        Self {
            seed,
            packets,
            control,
            counts,
            ways: Ways::new(topology),
            directions: (0..ports)
                .map(|port| Direction::new(settings(port)))
                .collect(),
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

    /// Runs the wire until it exits.
    pub(super) fn run(mut self, forked: &Forked) -> ! {
        self.settle(forked);
        loop {
            self.deliver_due();
            if let Some(capture) = &mut self.capture {
                // The wire may be killed by SIGKILL.
                capture.flush();
            }
            let Ready { packets, control } = self.wait();
            if packets {
                self.receive();
            }
            if control && !self.obey() {
                process::exit_now(ENDED);
            }
        }
    }

    /// Leaves the test's process group, and closes the inherited descriptors.
    fn settle(&self, forked: &Forked) {
        // A test that signals its own group means only its programs.
        let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
        let _ = prctl::set_name(channel::HELPER);
        // 1 ns: the kernel's default would add 50 µs to each delay.
        let _ = prctl::set_timerslack(1);
        let capture = self.capture.as_ref().map(Capture::file);
        let kept = [
            &self.packets,
            &self.control,
            capture.unwrap_or(&self.control),
        ];
        fd::close_all_but(forked, &kept.map(|fd| fd.as_fd()));
    }

    /// Sleeps until a frame arrives, the test sends a message, or a frame is due.
    fn wait(&self) -> Ready {
        let mut fds =
            [&self.packets, &self.control].map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN));
        let until_due = self.queue.next_due().map(|due| due.saturating_sub(now()));
        let time =
            until_due.map(|time| TimeSpec::from_duration(std::time::Duration::from_nanos(time)));
        let _timeout_or_interrupted = ppoll(&mut fds, time, None);
        let [packets, control] = fds.map(|fd| fd.any().unwrap_or(false));
        Ready { packets, control }
    }

    /// Receives the frames that have arrived.
    fn receive(&mut self) {
        for _ in 0..BATCHES_AT_ONCE {
            let mut places = [0; BATCH];
            let places = self.pool.offer(&mut places);
            if places.is_empty() {
                self.drop_unread();
                return;
            }
            let count = places.len();
            let room = self.pool.longest();
            let socket = self.packets.as_fd();
            let received = self
                .receiver
                .receive(socket, self.pool.memory_mut(), places, room);
            let Ok(received) = received else { return };
            // Take all of them first: a slot that is given back is the next one to be used.
            let mut slots = [None; BATCH];
            for (position, slot) in slots.iter_mut().take(received).enumerate() {
                *slot = self.take(self.receiver.received(position));
            }
            for (position, slot) in slots.iter().enumerate() {
                if let Some(slot) = slot {
                    self.inspect(*slot, self.receiver.received(position));
                }
            }
            self.send_leaving();
            if received < count {
                break;
            }
        }
        self.counts
            .add_missed(u64::from(packet::dropped(self.packets.as_fd())));
    }

    /// Drops unread frames if there is no room for another one, as a switch with full memory does.
    fn drop_unread(&mut self) {
        let mut memory = [0; 64];
        while let Ok(count @ 1..) =
            self.receiver
                .receive(self.packets.as_fd(), &mut memory, &[0], 64)
        {
            for position in 0..count {
                if let Some(port) = self.port_of(self.receiver.received(position)) {
                    self.counts.add(port, Count::Seen, 1);
                    self.counts.add(port, Count::Queue, 1);
                }
            }
        }
    }

    /// Returns the receiving port. `None`: the frame arrived at the hub's own `lo`.
    fn port_of(&self, received: Received) -> Option<usize> {
        let port = received.interface.checked_sub(FIRST_HUB_INDEX)? as usize;
        (port < self.directions.len()).then_some(port)
    }

    /// Returns the slot of a frame that has arrived.
    fn take(&mut self, received: Received) -> Option<Slot> {
        let length = received.length.min(self.pool.longest());
        self.pool.take(length, self.port_of(received).unwrap_or(0))
    }

    /// Decides the fate of a frame that has arrived.
    fn inspect(&mut self, slot: Slot, received: Received) {
        let Some(port) = self.port_of(received) else {
            self.pool.give_back(slot);
            return;
        };
        if let Some(tag) = received.vlan {
            self.pool.insert_tag(slot, tag);
        }
        if received.checksum_unfinished {
            checksum::finish(self.pool.bytes_mut(slot));
        }
        let arrived = if received.stamp == 0 {
            now()
        } else {
            received.stamp
        };
        self.record(port, Way::Out, arrived, slot);
        if received.length > self.pool.longest() {
            self.counts.add(port, Count::Seen, 1);
            self.counts.add(port, Count::Undeliverable, 1);
            self.pool.give_back(slot);
            return;
        }
        self.decide(port, slot, arrived);
    }

    fn decide(&mut self, port: usize, slot: Slot, arrived: u64) {
        if frame::is_neighbour_discovery(self.pool.bytes(slot)) {
            self.counts.add(port, Count::Neighbour, 1);
            self.pool.mark_neighbour(slot);
            let due = arrived + self.directions[port].settings.delay;
            self.enqueue(port, slot, due, 1, false);
            return;
        }
        let length = self.pool.frame(slot).length;
        self.counts.add(port, Count::Seen, 1);
        self.counts.add(port, Count::Bytes, length as u64);
        let lost = match self.directions[port].decide(self.seed, port as u64, length, arrived) {
            Fate::Delivered {
                due,
                duplicate,
                reorder,
            } => {
                self.enqueue(port, slot, due, 1 + u8::from(duplicate), reorder);
                return;
            }
            Fate::Lost => Count::Lost,
            Fate::Overflow => Count::Queue,
            Fate::Asked => Count::Asked,
        };
        self.counts.add(port, lost, 1);
        self.pool.give_back(slot);
    }

    fn enqueue(&mut self, port: usize, slot: Slot, due: u64, copies: u8, aside: bool) {
        if !self.queue.has_room(usize::from(copies)) {
            self.count(slot, Count::Queue);
            self.pool.give_back(slot);
            return;
        }
        self.count(slot, Count::Waiting);
        if copies > 1 {
            self.counts.add(port, Count::Duplicated, 1);
            self.pool.keep(slot);
        }
        if aside {
            self.counts.add(port, Count::Reordered, 1);
            self.queue.push_aside(port, slot, due, copies);
        } else {
            self.queue.push(port, slot, due, copies);
        }
    }

    /// Forwards the frames that are due.
    fn deliver_due(&mut self) {
        let now = now();
        while let Some(slot) = self.queue.pop(now) {
            self.deliver(slot);
            if self.leaving.len() >= BATCH {
                self.send_leaving();
            }
        }
        self.send_leaving();
    }

    fn deliver(&mut self, slot: Slot) {
        let from = self.pool.frame(slot).port;
        for to in self.ways.destinations(from, self.pool.bytes(slot)) {
            let passage = self
                .ways
                .passage(&self.blocks, from, to, self.pool.bytes(slot));
            match passage {
                Passage::Free => {
                    self.pool.keep(slot);
                    self.leaving.push((slot, to));
                }
                Passage::Held if self.queue.has_room(1) => {
                    self.pool.keep(slot);
                    self.queue.hold(Held { slot, to });
                }
                Passage::Held => count(self.counts, &self.pool, slot, Count::Queue),
                Passage::Cut => count(self.counts, &self.pool, slot, Count::Cut),
            }
        }
        self.give_back(slot);
    }

    fn give_back(&mut self, slot: Slot) {
        let frame = self.pool.frame(slot);
        if self.pool.give_back(slot) && !frame.neighbour {
            self.counts.take_off(frame.port, Count::Waiting);
        }
    }

    /// Sends all outgoing frames.
    fn send_leaving(&mut self) {
        let mut sent = 0;
        while sent < self.leaving.len() {
            let mut batch = [Outgoing::default(); BATCH];
            let count = (self.leaving.len() - sent).min(BATCH);
            for (outgoing, (slot, to)) in batch.iter_mut().zip(&self.leaving[sent..]) {
                let frame = self.pool.frame(*slot);
                *outgoing = Outgoing {
                    start: frame.start,
                    length: frame.length,
                    interface: FIRST_HUB_INDEX + u32::try_from(*to).unwrap_or(0),
                };
            }
            match self
                .sender
                .send(self.packets.as_fd(), self.pool.memory(), &batch[..count])
            {
                Ok(count) => {
                    self.count_delivered(sent, count);
                    sent += count;
                }
                Err(Errno::INTR | Errno::AGAIN | Errno::NOBUFS) => {
                    wait_to_send(self.packets.as_fd());
                }
                Err(_interface_is_gone_or_down) => {
                    self.count(self.leaving[sent].0, Count::Undeliverable);
                    sent += 1;
                }
            }
        }
        for at in 0..self.leaving.len() {
            self.give_back(self.leaving[at].0);
        }
        self.leaving.clear();
    }

    fn count_delivered(&mut self, first: usize, count: usize) {
        for at in first..first + count {
            let (slot, to) = self.leaving[at];
            self.count(slot, Count::Delivered);
            if self.capture.is_some() {
                self.record(to, Way::In, now(), slot);
            }
        }
    }

    fn count(&self, slot: Slot, what: Count) {
        count(self.counts, &self.pool, slot, what);
    }

    fn record(&mut self, port: usize, way: Way, time: u64, slot: Slot) {
        if let Some(capture) = &mut self.capture {
            capture.add(port, way, time, self.pool.bytes(slot));
        }
    }

    /// Carries out the test's messages. Returns `false` if the wire has to end, or the test has
    /// exited.
    fn obey(&mut self) -> bool {
        let length = match socket::receive(self.control.as_fd(), &mut self.message) {
            Ok((0, _)) | Err(_) => 0,
            Ok((length, _)) => length,
        };
        if length == 0 {
            self.flush_capture();
            self.last_words.print(self.counts);
            return false;
        }
        // The message does not apply to frames sent before it.
        self.receive();
        self.deliver_due();
        let received = message::decode(&self.message[..length], &mut self.blocks);
        match received {
            message::Received::Sync => {}
            message::Received::Blocked => self.release(),
            message::Received::Set(port, settings) => self.directions[port].set(settings),
            message::Received::DropNext(port, count) => self.directions[port].drop_next += count,
            message::Received::Text => self.last_words.set(&self.message[1..length]),
            message::Received::End => self.flush_capture(),
            message::Received::Corrupt => process::exit_now(FAILED),
        }
        let _ = socket::send(self.control.as_fd(), message::ACKNOWLEDGED, &[]);
        received != message::Received::End
    }

    /// Forwards, in their order, the frames that are no longer held.
    fn release(&mut self) {
        for at in 0..self.queue.take_held() {
            let held = self.queue.taken(at);
            let Held { slot, to } = held;
            let from = self.pool.frame(slot).port;
            match self
                .ways
                .passage(&self.blocks, from, to, self.pool.bytes(slot))
            {
                Passage::Held => self.queue.hold(held),
                Passage::Free => self.leaving.push((slot, to)),
                Passage::Cut => {
                    self.count(slot, Count::Cut);
                    self.give_back(slot);
                }
            }
            if self.leaving.len() >= BATCH {
                self.send_leaving();
            }
        }
        self.send_leaving();
    }

    fn flush_capture(&mut self) {
        if let Some(capture) = &mut self.capture {
            capture.flush();
        }
    }
}

/// Counts a frame for its direction. Neighbour discovery is not counted.
fn count(counts: &Counts, pool: &Pool, slot: Slot, what: Count) {
    let frame = pool.frame(slot);
    if !frame.neighbour {
        counts.add(frame.port, what, 1);
    }
}

/// The result of [`Wire::wait`].
struct Ready {
    packets: bool,
    control: bool,
}

/// Returns the conditions of the frames that a port sends.
fn settings(topology: &Topology, port: usize) -> Settings {
    let port = &topology.ports[port];
    let host = crate::network::id::HostId {
        plan: topology.plan,
        number: port.host,
    };
    Settings::new(&topology.segments[port.segment].link.conditions_from(host))
}

/// Returns the time in the clock of the kernel's receive timestamps.
fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_1970.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn wait_to_send(socket: BorrowedFd<'_>) {
    let mut fds = [PollFd::new(socket, PollFlags::POLLOUT)];
    let _ = ppoll(
        &mut fds,
        Some(TimeSpec::from_duration(std::time::Duration::from_millis(1))),
        None,
    );
}
