//! The blocks of packets that are active now.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::topology::Topology;
use super::wire::{Blocks, CUT_IN, CUT_OUT, HOLD_IN, HOLD_OUT};

/// The packets that a guard blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Packets from these ports, and packets to them.
    Ports {
        out: Vec<usize>,
        into: Vec<usize>,
        hold: bool,
    },
    /// Packets from the first host of each pair to the second.
    Pairs(Vec<(usize, usize)>),
}

/// All active blocks.
#[derive(Debug, Default)]
pub(super) struct InForce {
    inner: Mutex<Blocking>,
}

#[derive(Debug, Default)]
pub(super) struct Blocking {
    next: u64,
    blocks: Vec<(u64, Block, String)>,
    /// The blocks active when a panic began. Unwinding drops their guards before the report is
    /// written.
    at_panic: Vec<String>,
}

impl InForce {
    pub(super) fn lock(&self) -> MutexGuard<'_, Blocking> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns descriptions of the active blocks, and of those that a panic has healed.
    pub(super) fn words(&self) -> Vec<String> {
        let blocking = self.lock();
        let mut all = Vec::new();
        for (_, _, words) in &blocking.blocks {
            all.push(words.clone());
        }
        all.extend_from_slice(&blocking.at_panic);
        all
    }
}

impl Blocking {
    pub(super) fn add(&mut self, block: Block, words: String) -> u64 {
        self.next += 1;
        self.blocks.push((self.next, block, words));
        self.next
    }

    pub(super) fn remove(&mut self, number: u64, panicking: bool) {
        let at = self.blocks.iter().position(|(other, ..)| *other == number);
        let Some((_, _, words)) = at.map(|at| self.blocks.remove(at)) else {
            return;
        };
        if panicking {
            self.at_panic.push(words);
        }
    }

    /// Returns everything that at least one of them blocks.
    pub(super) fn blocks(&self, topology: &Topology) -> Blocks {
        let mut blocks = Blocks::new(topology.ports.len(), topology.hosts.len());
        for (_, block, _) in &self.blocks {
            match block {
                Block::Ports { out, into, hold } => {
                    let (flag_out, flag_in) = if *hold {
                        (HOLD_OUT, HOLD_IN)
                    } else {
                        (CUT_OUT, CUT_IN)
                    };
                    for port in out {
                        blocks.ports[*port] |= flag_out;
                    }
                    for port in into {
                        blocks.ports[*port] |= flag_in;
                    }
                }
                Block::Pairs(pairs) => {
                    for (from, to) in pairs {
                        blocks.block_pair(*from, *to);
                    }
                }
            }
        }
        blocks
    }
}
