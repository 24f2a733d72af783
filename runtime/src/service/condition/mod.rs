//! The conditions for readiness.

mod check;
pub(super) mod daemon;
mod look;
pub(super) mod program;

pub(super) use check::Condition;
pub(super) use look::Look;
