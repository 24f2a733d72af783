//! The facts about a network, for the report of a failed test. They outlive the network.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::artifact::Artifact;
use super::blocking::InForce;
use super::link::Link;
use super::stats::Stats;
use super::topology::Topology;
use super::wire::{Ended, Handle, Message};

/// A network's record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) topology: Topology,
    pub(super) seed: u64,
    /// `None`: all links are direct.
    pub(super) wire: Option<Handle>,
    pub(super) in_force: InForce,
    pub(super) capture: Option<Artifact>,
    /// The last conditions of each link, by segment, and by port for the cables of a switch that
    /// differ.
    pub(super) links: Mutex<Links>,
    over: AtomicBool,
    over_in_panic: AtomicBool,
    died: Mutex<Option<Ended>>,
}

/// The current conditions.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) segments: Vec<Link>,
    /// The conditions of switch cables: the port, and its link.
    pub(super) cables: Vec<(usize, Link)>,
}

impl Links {
    /// Returns the conditions of a switch's cable, given those of the switch.
    pub(super) fn of_cable<'l>(&'l self, port: usize, of_switch: &'l Link) -> &'l Link {
        let own = self.cables.iter().find(|(other, _)| *other == port);
        own.map_or(of_switch, |(_, own)| own)
    }
}

impl Record {
    pub(super) fn new(
        topology: Topology,
        seed: u64,
        wire: Option<Handle>,
        capture: Option<Artifact>,
    ) -> Arc<Self> {
        let mut segments = Vec::new();
        for segment in &topology.segments {
            segments.push(segment.link.clone());
        }
        Arc::new(Self {
            topology,
            seed,
            wire,
            in_force: InForce::default(),
            capture,
            links: Mutex::new(Links {
                segments,
                cables: Vec::new(),
            }),
            over: AtomicBool::new(false),
            over_in_panic: AtomicBool::new(false),
            died: Mutex::new(None),
        })
    }

    /// Sends messages to the wire, and waits until they take effect. Does nothing after the network
    /// has ended.
    pub(super) fn tell(&self, messages: &[Message<'_>]) -> Result<(), Ended> {
        match &self.wire {
            Some(wire) if !self.over.load(Ordering::Relaxed) => wire.tell(messages),
            _ => Ok(()),
        }
    }

    /// Panics if the wire has died.
    #[track_caller]
    pub(super) fn expect_alive(&self, told: Result<(), Ended>) {
        if let Err(ended) = told {
            self.die(ended);
            panic!("{}", dead_wire(ended));
        }
    }

    pub(super) fn stats(&self) -> Stats {
        Stats::read(&self.topology, self.wire.as_ref().map(Handle::counts))
    }

    /// Ends the network, which was dropped.
    pub(super) fn end(&self) {
        if self.over.load(Ordering::Relaxed) {
            return;
        }
        self.over_in_panic
            .store(thread::panicking(), Ordering::Relaxed);
        if let Some(ended) = self.wire.as_ref().and_then(Handle::end) {
            self.die(ended);
        }
        self.over.store(true, Ordering::Relaxed);
    }

    /// Returns how the wire has ended, if that was unexpected.
    pub(super) fn died(&self) -> Option<Ended> {
        if let (Some(wire), false) = (&self.wire, self.over.load(Ordering::Relaxed)) {
            if let Some(ended) = wire.ended(false) {
                self.die(ended);
            }
        }
        *self.died.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn die(&self, ended: Ended) {
        *self.died.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
    }

    pub(super) fn is_of_the_failure(&self) -> bool {
        !self.over.load(Ordering::Relaxed) || self.over_in_panic.load(Ordering::Relaxed)
    }
}

pub(super) fn dead_wire(ended: Ended) -> String {
    format!(
        "the wire (the process that moves the network's packets) {ended}, and no packet has passed since"
    )
}
