//! Copies of binaries in a known state of the page cache.
//!
//! The kernel maps the text of a binary again in each process, up to 64 KiB per page fault. That
//! takes longer if each page of the file is alone in the page cache than if several pages are one
//! folio. A linker writes a binary page by page, through a mapping. The same debug binary has 96
//! page faults per test then, and 80 if it is written as `cp` does, which saves a tenth of the
//! processor time. A binary that was evicted and read again is between the two. So the contenders
//! of a set are copies, and not the linker's files in whatever state they are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// How the copy is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pages {
    /// As by a linker.
    Single,
    /// As by cp(1).
    Folios,
}

impl Pages {
    /// Returns the number of bytes of a write(2), and the end of the copy's name.
    fn writes(self) -> (usize, &'static str) {
        match self {
            Self::Single => (4 << 10, "pages"),
            Self::Folios => (128 << 10, "folios"),
        }
    }
}

/// Copies a binary to `NAME-pages` or `NAME-folios` in the directory.
pub(crate) fn copy(
    binary: &Path,
    directory: &Path,
    name: &str,
    pages: Pages,
) -> io::Result<PathBuf> {
    let (block, end) = pages.writes();
    let copy = directory.join(format!("{name}-{end}"));
    match fs::remove_file(&copy) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut from = File::open(binary)?;
    let mut to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(&copy)?;
    let mut bytes = vec![0; block];
    loop {
        match from.read(&mut bytes)? {
            0 => return Ok(copy),
            length => to.write_all(&bytes[..length])?,
        }
    }
}
