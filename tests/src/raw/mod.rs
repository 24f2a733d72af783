//! System calls that std does not wrap, as a test would make them.

#![expect(unsafe_code, reason = "libc has no safe face; each call stands alone")]

mod attribute;
mod call;
mod descriptor;
mod events;
mod fault;
mod frame;
mod ipc;
mod namespace;
mod netlink;
mod process;

pub use attribute::*;
pub use descriptor::*;
pub use events::*;
pub use fault::*;
pub use frame::*;
pub use ipc::*;
pub use namespace::*;
pub use netlink::*;
pub use process::*;

use call::{c_string, check};
