//! The directory of the tests' crate.

use std::env;
use std::path::PathBuf;

/// Returns the directory where the attribute's relative paths start: `CARGO_MANIFEST_DIR`, which
/// `cargo test` sets at run time. nextest sets another value for an archive that was moved. The
/// default is the value at compile time.
pub(crate) fn directory(compiled: &str) -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| compiled.into(), PathBuf::from)
}
