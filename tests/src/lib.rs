//! The support library of ns-test's suites: self-running fixtures, golden files, queries of the
//! host, and crates as users write them.

pub mod fixture;
pub mod golden;
pub mod grammar;
pub mod host;
pub mod outer;
pub mod raw;
pub mod seccomp;
pub mod serial;
pub mod toolchain;
