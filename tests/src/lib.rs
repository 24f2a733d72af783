//! What the tests of ns-test share: binaries that run themselves as a fixture, golden files, a look at the host, crates as users have them.

pub mod fixture;
pub mod golden;
pub mod grammar;
pub mod host;
pub mod outer;
pub mod raw;
pub mod seccomp;
pub mod toolchain;
