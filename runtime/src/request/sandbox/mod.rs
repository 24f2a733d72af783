//! The attribute's words as a program writes them: a file for each word that has many keys.

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
