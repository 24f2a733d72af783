//! How a worker removes trees that the caller may not remove.

use std::path::PathBuf;

use crate::outcome::debug_options::DebugOptions;
use crate::sandbox::prepared::Task;

use super::preparations::{self, AT_LEAST};
use super::run_options::RunOptions;
use super::worker::{Purpose, Worker};

impl Worker {
    /// Removes trees with files of other ids, in a user namespace that maps those ids.
    pub(super) fn remove_in_sandbox(&mut self, purpose: Purpose<'_>, trees: Vec<PathBuf>) {
        if trees.is_empty() {
            return;
        }
        let stand_in = purpose.test.stand_in();
        let task = Task::Remove {
            trees: trees.clone(),
        };
        let options = RunOptions {
            debug: DebugOptions::default(),
            timeout: Some(AT_LEAST),
            ..*purpose.options
        };
        let _ = self.request(
            Purpose {
                test: &stand_in,
                options: &options,
                ..purpose
            },
            &task,
        );
        for tree in trees {
            let _ = preparations::remove(&tree);
        }
    }
}
