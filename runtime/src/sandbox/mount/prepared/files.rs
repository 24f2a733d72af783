//! File operations that the parts of the store share: directories, locks, unique names.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use nix::fcntl::{Flock, FlockArg, OFlag};

use crate::error::{Call, SetupError, Step};
use crate::sys::file;

pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Returns whether this is a directory that only this user can write to.
pub(super) fn is_private(directory: &Path, uid: u32) -> io::Result<bool> {
    let facts = fs::symlink_metadata(directory)?;
    Ok(facts.is_dir() && facts.uid() == uid && facts.mode() & 0o022 == 0)
}

/// Opens a file, creates it if it does not exist, and locks it.
pub(super) fn lock(path: &Path, how: FlockArg) -> io::Result<Flock<File>> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)?;
    Ok(file::lock(file, how)?)
}

/// Returns a name that no other process has, and that this process uses once.
pub(super) fn unique() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    format!("{}-{number}-{:x}", std::process::id(), since.as_nanos())
}

pub(super) fn failed(path: &Path, error: &io::Error) -> SetupError {
    SetupError::from_io(Step::PrepareDirectory, Call::Open, error).at(path)
}
