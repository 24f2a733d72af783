//! Removal of a tree, whatever the modes of its directories.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::sys::directory;

/// Removes the tree, including directories that their owner may not read: a work directory of an
/// overlay contains one of mode 000. A missing tree is not an error.
///
/// # Errors
/// `PermissionDenied`: a directory in it belongs to an id that the caller has no rights over.
pub(crate) fn remove_tree(tree: &Path) -> io::Result<()> {
    match fs::remove_dir_all(tree) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            open_up(tree);
            fs::remove_dir_all(tree)
        }
        other => other,
    }
    .or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

/// Makes all directories of the caller accessible to it.
fn open_up(directory: &Path) {
    let Ok(facts) = fs::symlink_metadata(directory) else {
        return;
    };
    if !facts.is_dir() {
        return;
    }
    let mode = facts.permissions().mode() & 0o7777;
    if mode & 0o700 != 0o700 {
        let _ = fs::set_permissions(directory, Permissions::from_mode(mode | 0o700));
    }
    for entry in directory::entries(directory) {
        // The entry's metadata is unnecessary if the directory reports the type.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_no_obstacle() {
        let tree = std::env::temp_dir().join(format!("ns-test-remove-{}", std::process::id()));
        fs::create_dir_all(tree.join("work/work/deep")).expect("it is new");
        fs::write(tree.join("work/work/deep/file"), "x").expect("it is ours");
        for directory in ["work/work/deep", "work/work"] {
            let mode = Permissions::from_mode(0o0);
            fs::set_permissions(tree.join(directory), mode).expect("it is ours");
        }
        remove_tree(&tree).expect("it is ours");
        assert!(!tree.exists());
        remove_tree(&tree).expect("what is not there need not be removed");
    }
}
