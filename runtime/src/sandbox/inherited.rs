//! What launcher and init have narrowed for themselves, and a body gets back as the harness has it.

use crate::error::{At, Call, Failure, Step};
use crate::sys::affinity::Processors;
use crate::sys::signal;

/// On the way from the launcher to the body.
#[derive(Clone, Copy)]
pub(crate) struct Inherited {
    pub(crate) mask: signal::Mask,
    /// `None`: they were left as they are.
    pub(crate) processors: Option<Processors>,
}

impl Inherited {
    /// In the body.
    pub(crate) fn restore(&self) -> Result<(), Failure<'static>> {
        if let Some(processors) = self.processors {
            processors
                .allow()
                .at(Step::ForkBody, Call::SchedSetaffinity)?;
        }
        signal::restore(&self.mask).at(Step::Watch, Call::Sigprocmask)
    }
}
