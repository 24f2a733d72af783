//! What a test requests, and which tests exist. This is the data of an attribute, the builder that
//! makes the same data at run time, and the tests of a binary.

pub(crate) mod annotated;
pub(crate) mod case;
#[cfg(target_os = "linux")]
pub(crate) mod collect;
mod constant_or_owned;
mod expansion;
pub(crate) mod limited_by;
mod manifest_dir;
mod mount;
pub(crate) mod namespace;
mod offset;
pub(crate) mod prepared;
mod sandbox;
mod short_backtrace;
pub(crate) mod spec;
pub(crate) mod test;
mod trial;
pub(crate) mod unsupported;

pub use sandbox::{Prepared, Sandbox, SysctlValue};
pub use trial::Trial;
