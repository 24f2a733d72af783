//! The order of mounts, and the mount points that may be made.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use crate::error::{SetupError, Subject};

use super::mount_one::{Action, What};

/// An [`Action`] before its order among the others is known.
pub(super) struct MountEntry {
    /// The path inside, before the root changes.
    pub(super) target: PathBuf,
    pub(super) what: What,
    pub(super) optional: bool,
    /// Whether an option implies it. A requested mount at the same target then replaces it.
    pub(super) implied: bool,
}

/// Sorts parents before children, and read-only entries after the mount that they apply to.
pub(super) fn actions(mut entries: Vec<MountEntry>) -> Result<Vec<Action>, SetupError> {
    let is_read_only = |entry: &MountEntry| matches!(entry.what, What::ReadOnly);
    entries.sort_by_cached_key(|entry| (entry.target.components().count(), is_read_only(entry)));
    let mut fresh = Vec::new();
    for entry in &entries {
        if entry.is_fresh() {
            fresh.push(entry.target.clone());
        }
    }
    let mut actions = Vec::new();
    for entry in entries {
        actions.push(entry.into_action(&fresh)?);
    }
    Ok(actions)
}

impl MountEntry {
    /// Returns whether mount points in it leave no trace on the host.
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

/// Returns all directories from `above` (excluded) down to `path` (included).
fn below(above: &Path, path: &Path) -> Result<Vec<CString>, SetupError> {
    let mut directories = Vec::new();
    for directory in path.ancestors() {
        if directory == above {
            break;
        }
        directories.push(Subject::new(directory, None)?.path);
    }
    directories.reverse();
    Ok(directories)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn entry(target: &str, what: What) -> MountEntry {
        MountEntry {
            target: target.into(),
            what,
            optional: false,
            implied: false,
        }
    }

    fn tmpfs(target: &str) -> MountEntry {
        entry(
            target,
            What::Tmpfs {
                options: CString::default(),
            },
        )
    }

    fn bind(target: &str) -> MountEntry {
        entry(
            target,
            What::Bind {
                source: 0,
                read_only: false,
            },
        )
    }

    /// Returns target, directories to make, and whether it becomes read-only, in order.
    fn order(entries: Vec<MountEntry>) -> Vec<(String, Vec<String>, bool)> {
        let text = |path: &CString| path.to_string_lossy().into_owned();
        let actions = actions(entries).expect("no path has a NUL byte");
        let one = |action: &Action| {
            let directories = action.directories.iter().map(text).collect();
            let is_read_only = matches!(action.what, What::ReadOnly);
            (text(&action.target.path), directories, is_read_only)
        };
        actions.iter().map(one).collect()
    }

    fn targets(entries: Vec<MountEntry>) -> Vec<String> {
        let ordered = order(entries).into_iter();
        ordered.map(|(target, _, _)| target).collect()
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "both are made for the call")]
    fn same<T: PartialEq + Debug>(found: T, expected: T) {
        assert_eq!(found, expected);
    }

    #[test]
    fn parents_come_before_children() {
        let entries = vec![bind("/a/b/c"), tmpfs("/a"), bind("/a/b"), tmpfs("/")];
        same(
            targets(entries),
            ["/", "/a", "/a/b", "/a/b/c"].map(Into::into).into(),
        );
    }

    #[test]
    fn read_only_comes_last_at_its_path_and_before_what_is_below() {
        let entries = vec![entry("/a", What::ReadOnly), tmpfs("/a/b"), bind("/a")];
        let expected = [("/a", false), ("/a", true), ("/a/b", false)];
        let found = order(entries).into_iter();
        let found: Vec<_> = found.map(|(target, _, last)| (target, last)).collect();
        same(
            found,
            expected
                .map(|(target, last)| (target.to_owned(), last))
                .into(),
        );
    }

    #[test]
    fn mount_points_are_made_below_the_nearest_fresh_file_system() {
        let entries = vec![bind("/a/b/c/d"), tmpfs("/a"), tmpfs("/a/b"), bind("/e/f")];
        let directories: Vec<_> = order(entries)
            .into_iter()
            .map(|(target, directories, _)| (target, directories))
            .collect();
        let expected = [
            ("/a", vec![]),
            ("/a/b", vec!["/a/b"]),
            // Mount points are never made on the host's disk.
            ("/e/f", vec![]),
            ("/a/b/c/d", vec!["/a/b/c", "/a/b/c/d"]),
        ];
        let expected = expected.map(|(target, directories)| {
            let directories = directories.into_iter().map(ToOwned::to_owned).collect();
            (target.to_owned(), directories)
        });
        same(directories, expected.into());
    }

    /// Checks that the order in the attribute has no effect.
    #[test]
    fn every_order_of_the_entries_gives_the_same() {
        let make = |permutation: [usize; 4]| {
            let of = |number: usize| match number {
                0 => tmpfs("/a"),
                1 => bind("/a/b"),
                2 => entry("/a", What::ReadOnly),
                _ => bind("/a/b/c"),
            };
            order(permutation.map(of).into())
        };
        let expected = make([0, 1, 2, 3]);
        for code in 0..256_usize {
            let permutation = [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6];
            let all = permutation.iter().fold(0, |all, number| all | 1 << number);
            if all == 0b1111 {
                same(make(permutation), expected.clone());
            }
        }
    }
}
