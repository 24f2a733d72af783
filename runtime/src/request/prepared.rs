//! `prepared(..)`: a directory that functions fill once. Each test has a copy-on-write view of it.

#![expect(
    missing_docs,
    reason = "hidden from users: the attribute's page describes each key"
)]

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::constant_or_owned::{List, OsText};
use super::short_backtrace;

/// `prepared("/var/lib/db", init_db)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub target: OsText,
    /// The functions that fill the directory, in order: `from` comes before those that build on it.
    /// Never empty.
    pub layers: List<Preparation>,
    /// `copy`: each test has its own copy, and no overlay.
    pub copy: bool,
    pub upper: Upper,
}

/// One function that fills a directory, and the inputs of its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preparation {
    pub function: PreparationFn,
    /// `inputs(..)`: files and directories. `None`: the test binary.
    pub inputs: Option<List<OsText>>,
    /// The function's time limit. `None`: the test's own limit, but at least a minute.
    pub timeout: Option<Duration>,
}

/// `upper = "memory"`, `upper = "disk"`: where a test's changes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upper {
    Auto,
    Memory,
    Disk,
}

/// A function that fills a directory.
#[derive(Clone)]
pub enum PreparationFn {
    /// The path of a function in an attribute.
    Static {
        name: fn() -> &'static str,
        call: fn(&Path) -> ExitCode,
    },
    /// A function made at run time.
    Owned {
        name: &'static str,
        call: Arc<dyn Fn(&Path) -> ExitCode + Send + Sync>,
    },
}

impl PreparationFn {
    /// Returns the function's path as the compiler writes it, the crate's name first.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Static { name, .. } => name(),
            Self::Owned { name, .. } => name,
        }
    }

    pub(crate) fn call(&self, directory: &Path) -> ExitCode {
        match self {
            Self::Static { call, .. } => short_backtrace::call(|| call(directory)),
            Self::Owned { call, .. } => short_backtrace::call(|| call(directory)),
        }
    }
}

impl fmt::Debug for PreparationFn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Two functions are equal if their paths are: the compiler may merge or duplicate addresses.
impl PartialEq for PreparationFn {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for PreparationFn {}
