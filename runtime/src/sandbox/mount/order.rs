//! Which mount comes before which, and which mount points may be made.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use crate::error::{SetupError, Subject};

use super::mount_one::{Action, What};

/// An [`Action`] before it is known which others lie above it.
pub(super) struct MountEntry {
    /// Inside, before the root is changed.
    pub(super) target: PathBuf,
    pub(super) what: What,
    pub(super) optional: bool,
    /// Whether the words brought it: then an entry of the test's own for the same target takes its place.
    pub(super) implied: bool,
}

/// Parents before children, and read-only after what it is to make read-only.
pub(super) fn actions(mut entries: Vec<MountEntry>) -> Result<Vec<Action>, SetupError> {
    let is_read_only = |entry: &MountEntry| matches!(entry.what, What::ReadOnly);
    entries.sort_by_key(|entry| (entry.target.components().count(), is_read_only(entry)));
    let fresh: Vec<PathBuf> = entries
        .iter()
        .filter(|entry| entry.is_fresh())
        .map(|entry| entry.target.clone())
        .collect();
    entries
        .into_iter()
        .map(|entry| entry.into_action(&fresh))
        .collect()
}

impl MountEntry {
    /// Whether mount points can be made in it without a trace on the host.
    fn is_fresh(&self) -> bool {
        matches!(
            self.what,
            What::Dev(_) | What::Tmpfs { .. } | What::Overlay { .. } | What::Prepared(_)
        )
    }

    fn into_action(self, fresh: &[PathBuf]) -> Result<Action, SetupError> {
        let above = fresh
            .iter()
            .filter(|other| self.target.starts_with(other) && self.target != **other);
        let nearest = above.max_by_key(|other| other.components().count());
        let directories = nearest.map_or(Ok(Vec::new()), |above| below(above, &self.target))?;
        Ok(Action {
            target: Subject::new(&self.target, None)?,
            what: self.what,
            directories,
            optional: self.optional,
        })
    }
}

/// All directories from `above` (not included) down to `path` (included).
fn below(above: &Path, path: &Path) -> Result<Vec<CString>, SetupError> {
    let mut directories: Vec<&Path> = path
        .ancestors()
        .take_while(|ancestor| *ancestor != above)
        .collect();
    directories.reverse();
    directories
        .into_iter()
        .map(|directory| Ok(Subject::new(directory, None)?.path))
        .collect()
}
