//! The proof that a process was just made.

use std::marker::PhantomData;

/// Proof that this process was made as a copy of another one, and has its own way from there: its code never returns to the frames
/// that it has copied, so that the values in them are never dropped.
#[derive(Debug)]
pub(crate) struct Forked {
    _made_here: PhantomData<*const ()>,
}

impl Forked {
    pub(in crate::sys) fn new() -> Self {
        Self {
            _made_here: PhantomData,
        }
    }
}
