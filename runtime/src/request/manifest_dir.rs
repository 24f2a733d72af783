//! Where the crate of the tests lies.

use std::env;
use std::path::PathBuf;

/// The directory that relative paths of an attribute start from: what `cargo test` says at run time (nextest says
/// another one for an archive that was moved), else what it was when the test was compiled.
pub(crate) fn directory(compiled: &str) -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| compiled.into(), PathBuf::from)
}
