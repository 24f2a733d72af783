//! The entries of directories: `readdir(3)`. It allocates.

use std::fs::{self, DirEntry};
use std::path::Path;

/// Returns the entries of a directory that can be read. There are none if the directory cannot be
/// read.
pub(crate) fn entries(directory: &Path) -> Vec<DirEntry> {
    fs::read_dir(directory).map_or_else(|_unreadable| Vec::new(), |all| all.flatten().collect())
}
