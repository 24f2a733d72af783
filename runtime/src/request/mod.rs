//! What a test asks for, and which tests there are: the data of an attribute, the builder that makes the same data at run time,
//! and the tests that a binary has.

pub(crate) mod annotated;
pub(crate) mod case;
#[cfg(target_os = "linux")]
pub(crate) mod collect;
mod constant_or_owned;
pub(crate) mod limited_by;
mod manifest_dir;
pub(crate) mod namespace;
mod offset;
pub(crate) mod prepared;
mod sandbox;
pub(crate) mod spec;
pub(crate) mod test;
mod trial;
pub(crate) mod unsupported;

pub use sandbox::{Prepared, Sandbox, SysctlValue};
pub use trial::Trial;
