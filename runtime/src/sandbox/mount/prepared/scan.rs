//! The check of a filled directory: its measures, and the removal of its sockets.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// The measures of a filled directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// The number of files and directories.
    pub(crate) entries: u64,
    /// The total size, in bytes on disk.
    pub(crate) bytes: u64,
    /// The largest file, in bytes.
    pub(crate) largest: u64,
    /// Files with several names. In an overlay the names become separate files at the first write.
    pub(crate) linked: u64,
    /// The number of removed sockets, whose processes have exited.
    pub(crate) sockets: u64,
    /// 1: the tree contains everything of the layers below it. 0: it is an overlay's upper layer.
    pub(crate) whole: u64,
}

/// Measures the tree and removes its sockets, which would only block the tests' servers.
///
/// # Errors
/// A directory that cannot be read, or a socket that cannot be removed.
pub(crate) fn scan(tree: &Path) -> io::Result<Scanned> {
    let mut scanned = Scanned::default();
    // Device and inode of files with several names, sorted.
    let mut seen: Vec<(u64, u64)> = Vec::new();
    let mut directories = vec![tree.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let facts = entry.metadata()?;
            let kind = facts.file_type();
            if kind.is_socket() {
                fs::remove_file(entry.path())?;
                scanned.sockets += 1;
                continue;
            }
            scanned.entries += 1;
            if kind.is_dir() {
                directories.push(entry.path());
            } else if facts.nlink() > 1 {
                let file = (facts.dev(), facts.ino());
                match seen.binary_search(&file) {
                    Ok(_) => continue,
                    Err(place) => seen.insert(place, file),
                }
            }
            scanned.bytes += facts.blocks() * 512;
            if kind.is_file() {
                scanned.largest = scanned.largest.max(facts.len());
                scanned.linked += u64::from(facts.nlink() > 1);
            }
        }
    }
    Ok(scanned)
}

impl Scanned {
    /// Returns the text that the body sends to the harness.
    pub(crate) fn to_text(self) -> String {
        let Self {
            entries,
            bytes,
            largest,
            linked,
            sockets,
            whole,
        } = self;
        format!("{entries} {bytes} {largest} {linked} {sockets} {whole}")
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let numbers: Result<Vec<u64>, _> = text.split(' ').map(str::parse).collect();
        let [entries, bytes, largest, linked, sockets, whole] = numbers.ok()?.try_into().ok()?;
        Some(Self {
            entries,
            bytes,
            largest,
            linked,
            sockets,
            whole,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn sockets_go_and_links_count() {
        let tree = std::env::temp_dir().join(format!("ns-test-scan-{}", std::process::id()));
        fs::create_dir_all(tree.join("inner")).expect("it is new");
        fs::write(tree.join("inner/file"), vec![1; 9000]).expect("it is ours");
        fs::hard_link(tree.join("inner/file"), tree.join("second")).expect("it is ours");
        let _socket = UnixListener::bind(tree.join("socket")).expect("it is ours");
        let scanned = scan(&tree).expect("it can be read");
        assert!(!tree.join("socket").exists());
        assert_eq!((scanned.entries, scanned.sockets), (3, 1));
        assert_eq!((scanned.linked, scanned.largest), (1, 9000));
        assert!(
            scanned.bytes >= 9000 && scanned.bytes < 64 << 10,
            "{scanned:?}"
        );
        assert_eq!(Scanned::from_text(&scanned.to_text()), Some(scanned));
        assert_eq!(Scanned::from_text("1 2"), None);
        fs::remove_dir_all(tree).expect("it is ours");
    }
}
