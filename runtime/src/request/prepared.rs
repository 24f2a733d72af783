//! `prepared(..)`: a directory that functions fill once, and that each test has a copy-on-write view of.

#![expect(
    missing_docs,
    reason = "hidden from users: the attribute's page describes each key"
)]

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::constant_or_owned::{List, Text};

/// `prepared("/var/lib/db", init_db)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub target: Text,
    /// What fills it, one on top of the other: `from` comes before what is prepared from it. Never empty.
    pub layers: List<Preparation>,
    /// `copy`: each test has a copy of its own, and no overlay.
    pub copy: bool,
    pub upper: Upper,
}

/// One function that fills a directory, and what its result depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preparation {
    pub function: PreparationFn,
    /// `inputs(..)`: files and directories. `None`: the test binary.
    pub inputs: Option<List<Text>>,
    /// How long it may take. `None`: as long as the test may, and at least a minute.
    pub timeout: Option<Duration>,
}

/// `upper = "memory"`, `upper = "disk"`: where a test's changes go.
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
    /// One that a program has made.
    Owned {
        name: &'static str,
        call: Arc<dyn Fn(&Path) -> ExitCode + Send + Sync>,
    },
}

impl PreparationFn {
    /// The path of the function, the crate's name first, as the compiler has it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Static { name, .. } => name(),
            Self::Owned { name, .. } => name,
        }
    }

    pub(crate) fn call(&self, directory: &Path) -> ExitCode {
        match self {
            Self::Static { call, .. } => call(directory),
            Self::Owned { call, .. } => call(directory),
        }
    }
}

impl fmt::Debug for PreparationFn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Two functions are the same if their paths are: their addresses say nothing.
impl PartialEq for PreparationFn {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for PreparationFn {}
