//! Small programs under test that need a libc call.

pub mod instance;
pub mod ping;
pub mod supervisor;
