//! What a test requests of its file tree, as constant data: `mount(..)`.

#![expect(
    missing_docs,
    reason = "hidden from users: the attribute's page describes each word and key"
)]

use std::borrow::Cow;

use super::constant_or_owned::{List, OsText};
use super::prepared::Prepared;

/// `mount`: the file tree inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub tmpfs: List<Tmpfs>,
    pub bind: List<Bind>,
    /// `ro = "path"`: the tree at the path becomes read-only.
    pub ro: List<OsText>,
    pub overlay: List<Overlay>,
    pub prepared: List<Prepared>,
    /// `root = "path"`: the directory becomes `/`, by `pivot_root(2)`.
    pub root: Option<OsText>,
    pub tmp: Tmp,
    pub dev: Dev,
    pub propagation: Propagation,
}

impl Mount {
    /// The bare option: private both ways, an empty /tmp.
    pub const BARE: Self = Self {
        tmpfs: Cow::Borrowed(&[]),
        bind: Cow::Borrowed(&[]),
        ro: Cow::Borrowed(&[]),
        overlay: Cow::Borrowed(&[]),
        prepared: Cow::Borrowed(&[]),
        root: None,
        tmp: Tmp::Private,
        dev: Dev::AsNeeded,
        propagation: Propagation::Private,
    };
}

/// `tmp = ".."`: which /tmp the sandbox has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tmp {
    /// An empty one.
    Private,
    Host,
}

/// `dev = ".."`: which /dev the sandbox has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dev {
    /// The test's own for real root, who can open all devices; else the host's.
    AsNeeded,
    Own,
    Host,
}

/// `tmpfs = "path"` or `tmpfs("path", size = "16MiB", mode = 0o755)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tmpfs {
    pub path: OsText,
    /// In bytes. `None`: the default of `tmpfs(5)`, half of the machine's memory, but at most 1
    /// GiB.
    pub size: Option<u64>,
    /// Permission bits of its root directory. `None`: 0o755, and 0o1777 for /tmp, /var/tmp and
    /// /dev/shm.
    pub mode: Option<u32>,
}

/// `bind("source", "/target")`, `bind("source", "/target", ro)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    pub source: OsText,
    pub target: OsText,
    pub ro: bool,
}

/// `overlay = "/target"`, `overlay("lower", "/target")`: the directory is writable, its changes are
/// discarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// The directories that the target shows, the topmost first. Empty: the directory at the
    /// target.
    pub lower: List<OsText>,
    pub target: OsText,
    /// Room for changes, in bytes. `None`: the default of a [`Tmpfs`].
    pub size: Option<u64>,
}

/// Whether later mounts of the host appear inside. Nothing ever propagates out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    Private,
    Slave,
}
