//! The directory of the tests' crate.

use std::env;
use std::path::PathBuf;

/// Returns the directory where the attribute's relative paths start. `cargo test` sets it at run
/// time, and nextest sets another one for an archive that was moved. The default is the directory
/// at compile time.
pub(crate) fn directory(compiled: &str) -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| compiled.into(), PathBuf::from)
}
