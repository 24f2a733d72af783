//! How a worker prepares the directories that its test requests, before the test's own time begins.

use std::path::PathBuf;
use std::sync::Arc;

use crate::outcome::prepared::{NotPrepared, UsedDirectory};
use crate::sandbox::prepared::View;
use crate::sandbox::prepared::slot::SealedTree;

use super::preparations::{self, Preparations};
use super::prepared_directory::OneDirectory;
use super::worker::{Purpose, Worker};

/// The prepared directories of one test.
#[derive(Debug, Default)]
pub(super) struct PreparedDirectories {
    pub(super) views: Vec<View>,
    pub(super) used: Vec<UsedDirectory>,
    /// The directories on disk with the test's changes, removed after the test.
    changes: Vec<PathBuf>,
    /// Held, so that other processes do not remove them meanwhile.
    _trees: Vec<Arc<SealedTree>>,
}

impl Worker {
    /// Finds or makes all directories that the test requests.
    pub(super) fn prepare(
        &mut self,
        purpose: Purpose<'_>,
    ) -> Result<PreparedDirectories, NotPrepared> {
        let asked = purpose.test.spec().mount.as_ref();
        let Some(mount) = asked.filter(|mount| !mount.prepared.is_empty()) else {
            return Ok(PreparedDirectories::default());
        };
        let opened = Preparations::get()
            .open(purpose.test.spec())
            .map_err(NotPrepared::NotSetUp)?;
        let mut directories = PreparedDirectories::default();
        for number in 0..mount.prepared.len() {
            let one = OneDirectory {
                purpose,
                opened: &opened,
                number,
                asked: &mount.prepared[number],
            };
            let prepared = one.prepare(self).and_then(|trees| {
                let view = one.view(&trees, &mut directories.changes, self);
                view.map(|view| (trees, view))
                    .map_err(NotPrepared::NotSetUp)
            });
            match prepared {
                Ok((trees, view)) => {
                    let used = trees.iter().map(|tree| one.used(&tree.seal));
                    directories.used.extend(used);
                    directories.views.push(view);
                    directories._trees.extend(trees);
                }
                Err(error) => {
                    self.release(purpose, &directories);
                    return Err(error);
                }
            }
        }
        Ok(directories)
    }

    /// Removes what the test has changed on disk.
    pub(super) fn release(&mut self, purpose: Purpose<'_>, directories: &PreparedDirectories) {
        let left = directories
            .changes
            .iter()
            .map(|one| preparations::remove(one));
        let left: Vec<PathBuf> = left.filter_map(Result::err).collect();
        self.remove_in_sandbox(purpose, left);
    }
}
