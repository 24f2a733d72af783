//! Lists what this process could write in the kernel's own file systems and in devices, without
//! writing.

use std::collections::BTreeSet;
use std::fs::{self, Metadata, OpenOptions};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ns_test_suite::raw;

/// Returns the paths below these directories that can be opened for writing, and the directories
/// where files can be created.
pub(crate) fn below(roots: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
    while let Some(path) = waiting.pop() {
        let Ok(facts) = fs::symlink_metadata(&path) else {
            continue;
        };
        let kind = facts.file_type();
        if kind.is_symlink() || is_of_a_process(&path) {
            continue;
        }
        if kind.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(entries.map(|entry| entry.path()));
        }
        if can_write(&path, &facts) {
            found.insert(path.display().to_string());
        }
    }
    found
}

fn can_write(path: &Path, facts: &Metadata) -> bool {
    let kind = facts.file_type();
    if kind.is_dir() {
        // proc permits it but creates nothing.
        return raw::may_write(path) && raw::is_made_for_files(path);
    }
    if kind.is_char_device() || kind.is_block_device() {
        // Opening a watchdog starts it.
        return raw::may_write(path) && !raw::forbids_devices(path);
    }
    // Root may open files without write permission. Writes to these still fail.
    if !kind.is_file() || facts.permissions().mode() & 0o222 == 0 {
        return false;
    }
    let mut options = OpenOptions::new();
    options
        .write(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW);
    options.open(path).is_ok()
}

/// Returns whether the path belongs to one process. Other processes have their own.
fn is_of_a_process(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.bytes().all(|byte| byte.is_ascii_digit())
        && path
            .parent()
            .is_some_and(|parent| parent.join("thread-self").is_symlink())
}
