//! Literals with a unit or a form of their own. A message names the mistake and the right form.

pub(crate) mod duration;
mod host_name;
pub(crate) mod ids;
mod number;
pub(crate) mod path;
mod serial_key;
mod size;
mod unit;

pub(crate) use host_name::host_name;
pub(crate) use number::{count, mode};
pub(crate) use serial_key::key;
pub(crate) use size::size;
