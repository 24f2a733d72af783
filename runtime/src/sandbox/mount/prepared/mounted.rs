//! The mount of a prepared directory: the steps of init, and the steps that it leaves to the body.

use std::cell::Cell;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use crate::sandbox::file;
use crate::sys::{Errno, mount};

use super::super::fd_path::FdPath;
use super::super::overlay::{self, Options};
use super::super::scratch::Scratch;
use super::super::source::Source;
use super::copy_tree;

/// One prepared directory in a plan.
#[derive(Debug)]
pub(in super::super) struct PreparedMount {
    /// The sealed trees by their numbers among the sources, the topmost first.
    pub(in super::super) lower: Vec<usize>,
    /// The places for changes, in order of preference.
    pub(in super::super) changes: Vec<PlannedChanges>,
    pub(in super::super) user_xattr: bool,
    /// Copies the trees, and never uses an overlay.
    pub(in super::super) copy: bool,
    /// The owner of a directory to be filled, if that is not the caller.
    pub(in super::super) owner: Option<u32>,
    /// The target as the body sees it.
    pub(in super::super) target: PathBuf,
    /// Whether the trees still have to be copied there. Init sets this before it forks the body,
    /// which reads it.
    pub(in super::super) is_to_be_copied: Cell<bool>,
}

#[derive(Clone, Copy, Debug)]
pub(in super::super) enum PlannedChanges {
    /// A layer of the scratch space.
    Scratch(usize),
    /// Two directories by their numbers among the sources.
    Disk { upper: usize, work: usize },
}

impl PreparedMount {
    /// Mounts an overlay, or binds an empty directory that the body will copy to.
    pub(in super::super) fn mount(
        &self,
        target: &CStr,
        sources: &[Source],
        scratch: Option<&Scratch>,
    ) -> Result<(), Errno> {
        let handles = |changes: &PlannedChanges| handles(*changes, sources, scratch);
        if !self.copy && !self.lower.is_empty() {
            for changes in &self.changes {
                let Some(layers) = handles(changes) else {
                    continue;
                };
                let lower = self.lower.iter().filter_map(|source| sources[*source].fd());
                let options = Options {
                    user_xattr: self.user_xattr,
                    volatile: matches!(changes, PlannedChanges::Disk { .. }),
                };
                if overlay::mount(target, lower, layers, options).is_ok() {
                    return Ok(());
                }
            }
        }
        let [empty, _] = self.changes.first().and_then(handles).ok_or(Errno::NOENT)?;
        mount::bind(FdPath::new(empty.as_raw_fd()).as_c_str(), target)?;
        self.is_to_be_copied.set(!self.lower.is_empty());
        match self.owner {
            Some(owner) => file::set_owner(target, owner, owner),
            None => Ok(()),
        }
    }

    /// Returns whether the mount is not an overlay.
    pub(in super::super) fn is_whole_tree(&self) -> bool {
        self.lower.is_empty() || self.is_to_be_copied.get()
    }

    /// Copies the trees, the lowest first, in the body before it gives up rights. Allocates.
    pub(in super::super) fn copy(&self, sources: &[Source]) -> io::Result<()> {
        if !self.is_to_be_copied.get() {
            return Ok(());
        }
        let trees = self.lower.iter().rev();
        trees
            .filter_map(|source| sources[*source].fd())
            .try_for_each(|tree| {
                let path = format!("/proc/self/fd/{}/.", tree.as_raw_fd());
                copy_tree(Path::new(&path), &self.target)
            })
    }
}

fn handles<'h>(
    changes: PlannedChanges,
    sources: &'h [Source],
    scratch: Option<&'h Scratch>,
) -> Option<[&'h OwnedFd; 2]> {
    match changes {
        PlannedChanges::Scratch(layer) => scratch?.layer(layer),
        PlannedChanges::Disk { upper, work } => Some([sources[upper].fd()?, sources[work].fd()?]),
    }
}
