//! Network namespaces without anything in them.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use nix::sched::{CloneFlags, setns, unshare};

/// Makes this many, one after the other. The calling thread returns to its own namespace.
pub(super) fn make(number: u32) -> io::Result<Vec<File>> {
    let home = current()?;
    let made = (0..number)
        .map(|_| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            current()
        })
        .collect();
    enter(&home)?;
    made
}

/// Opens the namespace of the calling thread.
pub(super) fn current() -> io::Result<File> {
    File::open("/proc/thread-self/ns/net")
}

/// Moves the calling thread to the namespace.
pub(super) fn enter(namespace: &File) -> io::Result<()> {
    Ok(setns(namespace.as_fd(), CloneFlags::CLONE_NEWNET)?)
}
