//! Files of /proc that belong to the machine, and their owner.

use std::ffi::CString;
use std::fs::{self, DirEntry};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};

use crate::sys::{c_string, directory};

/// Returns whether the caller owns the machine's kernel settings: as uid 0 of the machine, whatever
/// its number is here.
///
/// The uid map does not answer this: it is relative to the parent namespace, which may be a test's
/// as well. The kernel checks only that uid (`test_perm` in fs/proc/proc_sysctl.c), and
/// capabilities do not matter.
pub(super) fn is_owner() -> bool {
    // This file exists in every kernel.
    let access = access(c"/proc/sys/kernel/panic", AccessFlags::W_OK);
    // In a protected test, or in a container, it is read-only.
    matches!(access, Ok(()) | Err(Errno::EROFS))
}

/// Returns the entries of /proc with a file that its owner may write to, except the entries of
/// processes.
pub(super) fn in_proc() -> Vec<CString> {
    let mut names: Vec<CString> = Vec::new();
    for entry in directory::entries(Path::new("/proc")) {
        let name = entry.file_name();
        let is_process = name.as_bytes().iter().all(u8::is_ascii_digit);
        if !is_process && is_writable(&entry, DEEPEST) {
            names.extend(c_string(name));
        }
    }
    names.sort();
    names
}

/// Deeper than any of these trees.
const DEEPEST: u32 = 12;

/// Returns whether its owner may write to a file, or to a file in a directory. Links are skipped,
/// because their targets have their own entries.
fn is_writable(entry: &DirEntry, deepest: u32) -> bool {
    let Ok(kind) = entry.file_type() else {
        return true;
    };
    if kind.is_symlink() {
        return false;
    }
    if kind.is_dir() {
        return deepest == 0 || any_writable(&entry.path(), deepest - 1);
    }
    // An entry whose mode can't be read counts as writable.
    let mode = entry
        .metadata()
        .map_or(0o200, |facts| facts.permissions().mode());
    mode & 0o222 != 0
}

fn any_writable(directory: &Path, deepest: u32) -> bool {
    fs::read_dir(directory).map_or(true, |entries| {
        entries.flatten().any(|entry| is_writable(&entry, deepest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_belong_to_the_machine_and_processes_do_not() {
        let names = in_proc();
        assert!(names.contains(&c"sys".to_owned()), "{names:?}");
        for name in [c"self", c"1", c"meminfo", c"net"] {
            assert!(!names.contains(&name.to_owned()), "{names:?}");
        }
    }
}
