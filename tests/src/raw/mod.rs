//! System calls that std does not wrap, as a test would make them.

#![expect(unsafe_code, reason = "libc has no safe face; each call stands alone")]

mod attribute;
mod descriptor;
mod events;
mod fault;
mod frame;
mod ipc;
mod namespace;
mod netlink;
mod process;

use std::ffi::{CString, c_int};
use std::io;

pub use attribute::*;
pub use descriptor::*;
pub use events::*;
pub use fault::*;
pub use frame::*;
pub use ipc::*;
pub use namespace::*;
pub use netlink::*;
pub use process::*;

/// Converts the result of a call that reports an error as -1 and errno.
fn check(result: c_int) -> io::Result<c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn c_string(text: &str) -> CString {
    CString::new(text).expect("no NUL in the texts of tests")
}
