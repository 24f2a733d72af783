//! Small programs under test that need a libc call, and PostgreSQL for the suites that use it.

pub mod instance;
pub mod ping;
pub mod postgresql;
pub mod supervisor;
