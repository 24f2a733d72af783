//! The place of a test's changes to a prepared directory.
//!
//! An overlay copies a whole file when a program opens it for writing, which databases do with
//! every table that they read. On a file system that can clone files the copy costs nothing; on
//! others it costs time and space. Memory is fastest for small trees, and too small for large ones.

use std::fs::{self, File};
use std::path::Path;

use nix::sys::statfs::{TMPFS_MAGIC, statfs};

use crate::request::prepared::{Prepared, Upper};
use crate::sys::{file, procfs};

use super::files::unique;
use super::scan::Scanned;
use super::store::Store;

/// A place for changes, before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Memory,
    Disk,
}

/// The machine's support for places of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Media {
    /// The store's file system clones files: `ioctl_ficlone(2)`.
    pub(crate) disk_clones: bool,
    /// A tmpfs supports the `user.*` attributes of an overlay (6.6). A test cannot remove
    /// directories of an overlay without them (EIO).
    pub(crate) memory_has_attributes: bool,
    /// The store's file system supports them.
    pub(crate) disk_has_attributes: bool,
}

/// Above this total size, changes go to disk.
const MOST_IN_MEMORY: u64 = 64 << 20;

impl Media {
    pub(crate) fn find(store: &Store) -> Self {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let version = procfs::kernel_version(&release);
        let memory_has_attributes = version.is_some_and(|version| version >= (6, 6));
        Self {
            disk_clones: clones(store.root()),
            memory_has_attributes,
            disk_has_attributes: memory_has_attributes || !is_tmpfs(store.root()),
        }
    }

    /// Returns whether the test gets a copy, and no overlay.
    pub(crate) fn copies(self, prepared: &Prepared) -> bool {
        let has_attributes = self.memory_has_attributes || self.disk_has_attributes;
        prepared.copy || (prepared.upper == Upper::Auto && !has_attributes)
    }

    /// Returns the places to try, the best first.
    pub(crate) fn order(self, prepared: &Prepared, whole: &Scanned) -> &'static [Medium] {
        let fits_in_memory = whole.bytes <= MOST_IN_MEMORY && !self.disk_clones;
        let works_in_memory = self.memory_has_attributes || self.copies(prepared);
        match prepared.upper {
            Upper::Memory => &[Medium::Memory],
            Upper::Disk => &[Medium::Disk],
            Upper::Auto if fits_in_memory && works_in_memory => &[Medium::Memory],
            Upper::Auto if works_in_memory => &[Medium::Disk, Medium::Memory],
            // If the kernel refuses this overlay too, the test gets a copy.
            Upper::Auto => &[Medium::Disk],
        }
    }
}

fn is_tmpfs(directory: &Path) -> bool {
    statfs(directory).is_ok_and(|found| found.filesystem_type() == TMPFS_MAGIC)
}

/// Returns whether this directory's file system clones files. Tries it with a file of one block.
pub(crate) fn clones(directory: &Path) -> bool {
    let paths = [0, 1].map(|_| directory.join(format!("clone-{}", unique())));
    let tried = fs::write(&paths[0], [1; 4096])
        .and_then(|()| Ok((File::open(&paths[0])?, File::create(&paths[1])?)));
    let clones = tried.is_ok_and(|(from, to)| file::clone(&from, &to).is_ok());
    for path in paths {
        let _ = fs::remove_file(path);
    }
    clones
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::spec::List;

    const MEDIA: [Media; 4] = {
        let new = Media {
            disk_clones: false,
            memory_has_attributes: true,
            disk_has_attributes: true,
        };
        let clones = Media {
            disk_clones: true,
            ..new
        };
        let old = Media {
            memory_has_attributes: false,
            ..new
        };
        let all_in_memory = Media {
            disk_has_attributes: false,
            ..old
        };
        [new, clones, old, all_in_memory]
    };

    #[test]
    fn small_trees_are_changed_in_memory_and_large_ones_on_disk() {
        let prepared = |upper| Prepared {
            target: "/srv".into(),
            layers: List::Borrowed(&[]),
            copy: false,
            upper,
        };
        let whole = |mebibytes: u64| Scanned {
            bytes: mebibytes << 20,
            ..Scanned::default()
        };
        let [new, clones, old, all_in_memory] = MEDIA;
        let (memory, disk): (&[_], &[_]) = (&[Medium::Memory], &[Medium::Disk]);
        let either: &[_] = &[Medium::Disk, Medium::Memory];
        for (media, upper, size, expected, copies) in [
            (new, Upper::Auto, 64, memory, false),
            (new, Upper::Auto, 65, either, false),
            (new, Upper::Disk, 1, disk, false),
            (clones, Upper::Auto, 1, either, false),
            (clones, Upper::Memory, 900, memory, false),
            (old, Upper::Auto, 1, disk, false),
            (old, Upper::Memory, 1, memory, false),
            (all_in_memory, Upper::Auto, 1, memory, true),
            (all_in_memory, Upper::Auto, 65, either, true),
            (all_in_memory, Upper::Disk, 1, disk, false),
        ] {
            let (prepared, case) = (prepared(upper), format!("{media:?} {upper:?} {size}"));
            assert_eq!(media.order(&prepared, &whole(size)), expected, "{case}");
            assert_eq!(media.copies(&prepared), copies, "{case}");
        }
    }
}
