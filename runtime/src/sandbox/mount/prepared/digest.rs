//! The hash of a preparation's inputs.

use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A hash of parts, each preceded by its length, so that different lists of parts differ.
#[derive(Default)]
pub(super) struct Digest(DefaultHasher);

impl Digest {
    pub(super) fn finish(&self) -> u64 {
        self.0.finish()
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.write_u64(number);
    }

    pub(super) fn part(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.write(bytes);
    }

    pub(super) fn facts(&mut self, facts: &Metadata) {
        for number in [facts.dev(), facts.ino(), facts.len()] {
            self.number(number);
        }
        for number in [facts.mtime(), facts.mtime_nsec()] {
            self.0.write_i64(number);
        }
        self.number(u64::from(facts.mode()));
    }

    /// Adds size, modification time and inode, for all files below a directory as well. A missing
    /// path is a state, too, because the function may skip then.
    pub(super) fn identity(&mut self, path: &Path, follow: bool) {
        let Ok(facts) = metadata(path, follow) else {
            return self.part(b"missing");
        };
        self.facts(&facts);
        if facts.is_dir() {
            for entry in entries(path).unwrap_or_default() {
                self.part(name(&entry));
                self.identity(&entry, false);
            }
        }
    }

    /// Adds names and contents, for all files below a directory as well.
    pub(super) fn content(&mut self, path: &Path, follow: bool) -> io::Result<()> {
        let facts = metadata(path, follow)?;
        if facts.is_dir() {
            for entry in entries(path)? {
                self.part(name(&entry));
                self.content(&entry, false)?;
            }
            self.part(b"end of directory");
        } else if facts.is_symlink() {
            self.part(fs::read_link(path)?.as_os_str().as_bytes());
        } else if facts.is_file() {
            self.number(u64::from(facts.mode() & 0o111));
            self.file(path)?;
        }
        Ok(())
    }

    pub(super) fn file(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 256 << 10];
        let mut whole = 0;
        loop {
            let length = file.read(&mut buffer)?;
            if length == 0 {
                self.number(whole);
                return Ok(());
            }
            self.0.write(&buffer[..length]);
            whole += length as u64;
        }
    }
}

fn metadata(path: &Path, follow: bool) -> io::Result<Metadata> {
    if follow {
        fs::metadata(path)
    } else {
        fs::symlink_metadata(path)
    }
}

/// Returns the entries of a directory in a fixed order.
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

fn name(entry: &Path) -> &[u8] {
    entry.file_name().unwrap_or_default().as_bytes()
}
