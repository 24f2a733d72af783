//! What is known of a network, also when it is gone: for the report of a failed test.

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
    /// The links as they were set last, segment by segment, and port by port of those of a switch
    /// that differ.
    pub(super) links: Mutex<Links>,
    over: AtomicBool,
    over_in_panic: AtomicBool,
    died: Mutex<Option<Ended>>,
}

/// The conditions that hold now.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) segments: Vec<Link>,
    /// Of a switch's cables: the port, and what was set for it.
    pub(super) cables: Vec<(usize, Link)>,
}

impl Record {
    pub(super) fn new(
        topology: Topology,
        seed: u64,
        wire: Option<Handle>,
        capture: Option<Artifact>,
    ) -> Arc<Self> {
        let segments = topology
            .segments
            .iter()
            .map(|segment| segment.link.clone())
            .collect();
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

    /// Says something to the wire, and waits until it holds. Where the network is over there is
    /// nothing to say.
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

    /// The network is dropped.
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

    /// How the wire has ended, if it was not meant to.
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
        "the wire, the process that moves the network's packets, {ended}: no packet has passed since"
    )
}
