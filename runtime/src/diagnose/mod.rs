//! What this machine refuses, and why: children take the real steps into a sandbox, and then exit.

mod attempt;
#[cfg(test)]
mod cases;
mod cause;
mod describe_evidence;
mod diagnosis;
mod doctor;
mod environment;
mod evidence;
mod key;
mod mount_table;
mod prepared_directories;
mod probe;
mod refusal;
mod requirement;
mod veth;

pub use cause::Cause;
pub(crate) use diagnosis::of_launcher;
pub(crate) use doctor::{Answer, Row, examine};
pub(crate) use probe::Probe;
#[cfg(feature = "network")]
pub(crate) use probe::of_networks;
pub use probe::probe;
pub use refusal::{Refusal, Suspect};
pub use requirement::Requirement;
