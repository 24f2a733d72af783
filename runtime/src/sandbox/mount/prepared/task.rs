//! The purpose of a sandbox, other than its test: the part of a request that only the launcher
//! reads.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The task of a test's sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Running the test, with these views of its prepared directories.
    Test { views: Vec<View> },
    /// Running one function of one of its prepared directories.
    Prepare {
        prepared: usize,
        layer: usize,
        view: View,
    },
    /// Removing trees whose ids exist only in its user namespace.
    Remove { trees: Vec<PathBuf> },
}

/// A sandbox's view of one prepared directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// Sealed trees, the topmost first. Empty: the directory is about to be filled.
    pub(crate) lower: Vec<PathBuf>,
    /// Copies the trees, without an overlay.
    pub(crate) copy: bool,
    /// The places for changes. The first one that the kernel accepts is used.
    pub(crate) changes: Vec<Changes>,
}

/// A place for changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// The sandbox's scratch space, with this many bytes more than usual.
    Memory { size: u64 },
    /// Two empty directories of one file system.
    Disk { upper: PathBuf, work: PathBuf },
}

impl Task {
    /// The test, without prepared directories.
    pub(crate) const TEST: Self = Self::Test { views: Vec::new() };

    /// Encodes the task. Empty for a test without prepared directories.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(Vec::new());
        match self {
            Self::Test { views } if views.is_empty() => {}
            Self::Test { views } => {
                out.number(TEST);
                out.list(views, Writer::view);
            }
            Self::Prepare {
                prepared,
                layer,
                view,
            } => {
                out.number(PREPARE);
                out.number(*prepared as u64);
                out.number(*layer as u64);
                out.view(view);
            }
            Self::Remove { trees } => {
                out.number(REMOVE);
                out.list(trees, |out, tree| out.path(tree));
            }
        }
        out.0
    }

    /// Decodes a task. `None`: the bytes are invalid.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::TEST);
        }
        let mut from = Reader(bytes);
        Some(match from.number()? {
            TEST => Self::Test {
                views: from.list(Reader::view)?,
            },
            PREPARE => Self::Prepare {
                prepared: from.index()?,
                layer: from.index()?,
                view: from.view()?,
            },
            REMOVE => Self::Remove {
                trees: from.list(Reader::path)?,
            },
            _ => return None,
        })
    }
}

const TEST: u64 = 1;
const PREPARE: u64 = 2;
const REMOVE: u64 = 3;

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_ne_bytes());
    }

    fn path(&mut self, path: &Path) {
        let bytes = path.as_os_str().as_bytes();
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn list<T>(&mut self, items: &[T], write: fn(&mut Self, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| write(self, item));
    }

    fn view(&mut self, view: &View) {
        self.list(&view.lower, |out, path| out.path(path));
        self.number(u64::from(view.copy));
        self.list(&view.changes, |out, changes| match changes {
            Changes::Memory { size } => {
                out.number(0);
                out.number(*size);
            }
            Changes::Disk { upper, work } => {
                out.number(1);
                out.path(upper);
                out.path(work);
            }
        });
    }
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_ne_bytes(self.take(8)?.try_into().ok()?))
    }

    fn index(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn path(&mut self) -> Option<PathBuf> {
        let length = self.index()?;
        Some(OsStr::from_bytes(self.take(length)?).into())
    }

    fn list<T>(&mut self, read: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.index()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Some(items)
    }

    fn view(&mut self) -> Option<View> {
        Some(View {
            lower: self.list(Self::path)?,
            copy: self.number()? == 1,
            changes: self.list(|from| {
                Some(match from.number()? {
                    0 => Changes::Memory {
                        size: from.number()?,
                    },
                    _ => Changes::Disk {
                        upper: from.path()?,
                        work: from.path()?,
                    },
                })
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_arrives() {
        let view = View {
            lower: vec!["/a b/\n".into(), "/c".into()],
            copy: true,
            changes: vec![
                Changes::Memory { size: 7 << 40 },
                Changes::Disk {
                    upper: "/u".into(),
                    work: "/w".into(),
                },
            ],
        };
        for task in [
            Task::TEST,
            Task::Test {
                views: vec![view.clone(), View::default()],
            },
            Task::Prepare {
                prepared: 3,
                layer: 1,
                view,
            },
            Task::Remove {
                trees: vec!["/x".into()],
            },
        ] {
            let bytes = task.to_bytes();
            assert_eq!(Task::from_bytes(&bytes).as_ref(), Some(&task));
            for length in 1..bytes.len() {
                assert_eq!(Task::from_bytes(&bytes[..length]), None, "{task:?} cut off");
            }
        }
        assert!(Task::TEST.to_bytes().is_empty(), "most tests send nothing");
    }
}
