//! The seal of a prepared tree: a small file next to it with its facts. A tree without a seal is
//! invalid.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::sys::directory;

use super::scan::Scanned;

/// The facts of a sealed tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    /// The path of the function.
    pub(crate) function: String,
    pub(crate) at: SystemTime,
    /// The run that made it: `NS_TEST_PREPARE=again` makes it once in each run.
    pub(crate) run: String,
    pub(crate) scanned: Scanned,
}

/// Above this number of files a tree is not checked for changes at each process start.
const MOST_SEARCHED: u64 = 50_000;

const FORM: &str = "ns-test prepared 1";

impl Seal {
    pub(super) fn to_text(&self) -> String {
        let since = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        format!(
            "{FORM}\n{}\n{}.{:09}\n{}\n{}\n",
            self.function,
            since.as_secs(),
            since.subsec_nanos(),
            self.run,
            self.scanned.to_text()
        )
    }

    /// Returns whether this is the tree that was sealed: a directory, and unchanged since.
    pub(super) fn matches(&self, tree: &Path) -> bool {
        let is_directory = fs::symlink_metadata(tree).is_ok_and(|facts| facts.is_dir());
        let is_large = self.scanned.entries > MOST_SEARCHED;
        is_directory && (is_large || !has_changed_since(tree, self.at))
    }

    /// Parses a seal. `None`: the text is not a seal, or one of another version.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let form = lines.next()?;
        let (function, at) = (lines.next()?, lines.next()?);
        let (run, scanned) = (lines.next()?, lines.next()?);
        let (seconds, nanoseconds) = at.split_once('.')?;
        let since = Duration::new(seconds.parse().ok()?, nanoseconds.parse().ok()?);
        (form == FORM).then_some(Self {
            function: function.to_owned(),
            at: UNIX_EPOCH.checked_add(since)?,
            run: run.to_owned(),
            scanned: Scanned::from_text(scanned)?,
        })
    }
}

/// Returns whether a file in the tree has been written, moved or given other attributes since. Each
/// changes its ctime, which programs cannot set. A file that cannot be read counts as unchanged,
/// because this user cannot have written it.
fn has_changed_since(tree: &Path, sealed_at: SystemTime) -> bool {
    let since = sealed_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = (
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        i64::from(since.subsec_nanos()),
    );
    let is_newer = |facts: &fs::Metadata| (facts.ctime(), facts.ctime_nsec()) > since;
    if fs::symlink_metadata(tree).is_ok_and(|facts| is_newer(&facts)) {
        return true;
    }
    let mut directories = vec![tree.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in directory::entries(&directory) {
            let Ok(facts) = entry.metadata() else {
                continue;
            };
            if is_newer(&facts) {
                return true;
            }
            if facts.is_dir() {
                directories.push(entry.path());
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let seal = Seal {
            function: "db::init".to_owned(),
            at: UNIX_EPOCH + Duration::new(1_700_000_000, 7),
            run: String::new(),
            scanned: Scanned {
                bytes: 12,
                ..Scanned::default()
            },
        };
        assert_eq!(Seal::from_text(&seal.to_text()), Some(seal));
        for text in [
            "",
            "ns-test prepared 1\n",
            "ns-test prepared 9\na\n1.0\n\n1 2 3 4 5 6\n",
        ] {
            assert_eq!(Seal::from_text(text), None, "{text}");
        }
    }
}
