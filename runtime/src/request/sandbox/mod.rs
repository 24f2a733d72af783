//! The attribute's options as a builder, with one file for each option that has many keys.

mod builder;
mod mount;
mod namespaces;
mod net;
mod prepared;
mod process;
mod user;

pub use builder::Sandbox;
pub use net::SysctlValue;
pub use prepared::Prepared;
