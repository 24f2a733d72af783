//! Copying a prepared tree, for programs that do not work on an overlay, and where the kernel
//! refuses one.

use std::fs::{self, File, FileTimes, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use crate::sys::file;

/// Copies the layer into the directory `to`, over the files of lower layers. It keeps modes,
/// owners, modification times and hard links, but not extended attributes. It clones files where
/// the file system can (`copy_file_range(2)`).
///
/// # Errors
/// The first file that cannot be read or written.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let facts = fs::metadata(from)?;
    Copy::default().contents(from, to)?;
    set_attributes(to, &facts)
}

#[derive(Default)]
struct Copy {
    /// Device and inode of files with several names, sorted, and their copies.
    linked: Vec<((u64, u64), PathBuf)>,
}

impl Copy {
    fn contents(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let to = to.join(entry.file_name());
            self.one(&entry.path(), &entry.metadata()?, &to)?;
        }
        Ok(())
    }

    fn one(&mut self, from: &Path, facts: &Metadata, to: &Path) -> io::Result<()> {
        let kind = facts.file_type();
        // A whiteout, with which the kernel marks a name as removed from the layers below.
        let is_whiteout = kind.is_char_device() && facts.rdev() == 0;
        let hides = kind.is_dir() && file::attribute_is(from, "user.overlay.opaque", b"y");
        if is_whiteout || hides || !kind.is_dir() {
            remove(to)?;
        }
        if kind.is_dir() {
            match fs::create_dir(to) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => self.contents(from, to)?,
            }
        } else if kind.is_symlink() {
            symlink(fs::read_link(from)?, to)?;
            return lchown(to, Some(facts.uid()), Some(facts.gid())).or_else(unmapped);
        } else if kind.is_file() {
            if facts.nlink() > 1 {
                let file = (facts.dev(), facts.ino());
                match self.linked.binary_search_by_key(&file, |(file, _)| *file) {
                    Ok(place) => return fs::hard_link(&self.linked[place].1, to),
                    Err(place) => self.linked.insert(place, (file, to.to_owned())),
                }
            }
            fs::copy(from, to)?;
            let times = FileTimes::new().set_modified(facts.modified()?);
            // Some programs compare times, but none requires them.
            let _ = File::open(to).and_then(|file| file.set_times(times));
        } else if kind.is_fifo() {
            nix::unistd::mkfifo(to, nix::sys::stat::Mode::S_IRWXU)?;
        } else {
            // Sealing the tree has removed its sockets. A user namespace cannot make devices.
            return Ok(());
        }
        set_attributes(to, facts)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let Ok(facts) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if facts.is_dir() {
        super::remove_tree(path)
    } else {
        fs::remove_file(path)
    }
}

/// Sets owner and mode. The mode comes last, because `chown(2)` clears bits of it.
fn set_attributes(path: &Path, facts: &Metadata) -> io::Result<()> {
    lchown(path, Some(facts.uid()), Some(facts.gid())).or_else(unmapped)?;
    fs::set_permissions(path, Permissions::from_mode(facts.mode() & 0o7777))
}

/// Ignores an owner without an id in this user namespace: the file stays the caller's.
fn unmapped(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::PermissionDenied => Ok(()),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_like_the_original() {
        let root = std::env::temp_dir().join(format!("ns-test-copy-{}", std::process::id()));
        let (from, to) = (root.join("from"), root.join("to"));
        fs::create_dir_all(from.join("inner")).expect("it is new");
        fs::create_dir_all(to.join("file")).expect("it is new");
        fs::write(from.join("inner/file"), "content").expect("it is ours");
        fs::hard_link(from.join("inner/file"), from.join("second")).expect("it is ours");
        fs::write(from.join("file"), "in the place of a directory").expect("it is ours");
        symlink("nowhere", from.join("link")).expect("it is ours");
        nix::unistd::mkfifo(&from.join("fifo"), nix::sys::stat::Mode::S_IRUSR).expect("it is ours");
        for (path, mode) in [("inner", 0o2750), ("second", 0o640), ("", 0o700)] {
            let mode = Permissions::from_mode(mode);
            fs::set_permissions(from.join(path), mode).expect("it is ours");
        }
        copy_tree(&from, &to).expect("it can be copied");
        let facts = |path: &str| fs::symlink_metadata(to.join(path)).expect("it was copied");
        assert_eq!(facts("").mode() & 0o7777, 0o700);
        assert_eq!(facts("inner").mode() & 0o7777, 0o2750);
        assert_eq!(facts("second").mode() & 0o7777, 0o640);
        assert_eq!(facts("second").ino(), facts("inner/file").ino());
        assert_eq!(
            fs::read_to_string(to.join("second")).expect("a file"),
            "content"
        );
        assert!(facts("file").is_file() && facts("fifo").file_type().is_fifo());
        assert_eq!(
            fs::read_link(to.join("link")).expect("a link"),
            Path::new("nowhere")
        );
        super::super::remove_tree(&root).expect("it is ours");
    }
}
