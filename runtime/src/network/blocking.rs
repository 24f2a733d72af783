//! What does not pass at the moment.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::topology::Topology;
use super::wire::{Blocks, CUT_IN, CUT_OUT, HOLD_IN, HOLD_OUT};

/// What a guard keeps from passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// What leaves these ports, and what is on its way to them.
    Ports {
        out: Vec<usize>,
        into: Vec<usize>,
        hold: bool,
    },
    /// What the first host of each pair sends to the second.
    Pairs(Vec<(usize, usize)>),
}

/// All blocks that are in force.
#[derive(Debug, Default)]
pub(super) struct InForce {
    inner: Mutex<Blocking>,
}

#[derive(Debug, Default)]
pub(super) struct Blocking {
    next: u64,
    blocks: Vec<(u64, Block, String)>,
    /// In force when a panic began: by the time that is reported they are healed.
    at_panic: Vec<String>,
}

impl InForce {
    pub(super) fn lock(&self) -> MutexGuard<'_, Blocking> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In words: those that are in force, and those that a panic has healed.
    pub(super) fn words(&self) -> Vec<String> {
        let blocking = self.lock();
        let now = blocking.blocks.iter().map(|(_, _, words)| words);
        now.chain(&blocking.at_panic).cloned().collect()
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

    /// Everything that is blocked by at least one of them.
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
                    out.iter().for_each(|port| blocks.ports[*port] |= flag_out);
                    into.iter().for_each(|port| blocks.ports[*port] |= flag_in);
                }
                Block::Pairs(pairs) => {
                    pairs
                        .iter()
                        .for_each(|(from, to)| blocks.block_pair(*from, *to));
                }
            }
        }
        blocks
    }
}
