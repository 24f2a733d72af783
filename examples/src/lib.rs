//! The small programs that some of the suites test: those that need a call of libc.

pub mod instance;
pub mod ping;
pub mod supervisor;
