//! What a test asks for, and which tests there are: the data of an attribute, the builder that makes the same data at run time,
//! and the tests that a binary has.

pub(crate) mod case;
#[cfg(target_os = "linux")]
pub(crate) mod collect;
pub(crate) mod limited_by;
mod manifest_dir;
pub(crate) mod namespace;
mod offset;
mod sandbox;
pub(crate) mod spec;
pub(crate) mod test;
pub(crate) mod unsupported;

pub use sandbox::{Sandbox, SysctlValue};
