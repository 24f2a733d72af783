//! Overlays and prepared directories in a plan under construction.

use std::cell::Cell;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::error::{Call, SetupError, Step, Subject};
use crate::request::prepared::Prepared;
use crate::request::spec::{Mount, Overlay};
use crate::sandbox::host::absolute;
use crate::sys::Errno;

use super::mount_one::What;
use super::namespaces::NamespaceMounts;
use super::overlay;
use super::plan::Draft;
use super::prepared::{Changes, PlannedChanges, PreparedMount, Task, View};

impl Draft<'_> {
    pub(super) fn overlay(&mut self, overlay: &Overlay) -> Result<(), SetupError> {
        let target = Path::new(&*overlay.target);
        let refused = |why: &str| {
            let error = SetupError::new(Step::Prepare, Call::Check, Errno::INVAL);
            Err(error.at(target).because(why))
        };
        if target == Path::new("/") && self.root.is_none() {
            return refused(
                "an overlay of `/` needs a root other than the host's: set `root`, or overlay directories below `/`",
            );
        }
        if overlay.lower.len() > overlay::MOST_LOWER {
            return refused("an overlay has at most 150 lower directories: use fewer");
        }
        let (lower, subject) = self.lower(overlay)?;
        let layer = self.scratch.add_layer(overlay.size);
        let options = overlay::Options {
            user_xattr: self.user_xattr,
            volatile: false,
        };
        self.asked(
            &overlay.target,
            What::Overlay {
                lower,
                layer,
                options,
                subject,
            },
        )?;
        Ok(())
    }

    /// Returns the numbers of the lower directories, and the paths for an error: the target, and
    /// those directories if they differ.
    fn lower(&mut self, overlay: &Overlay) -> Result<(Vec<usize>, Subject), SetupError> {
        let target = self.inside(&*overlay.target);
        let written = overlay.lower.iter();
        let mut subjects: Vec<Subject> = written
            .map(|written| self.source_path(written))
            .collect::<Result<_, _>>()?;
        let layers: Vec<&[u8]> = subjects
            .iter()
            .map(|subject| subject.path.as_bytes())
            .collect();
        let layers = (!layers.is_empty()).then(|| OsString::from_vec(layers.join(&b':')));
        if subjects.is_empty() {
            subjects.push(Subject::new(&target, None)?);
        }
        let lower = subjects
            .into_iter()
            .map(|subject| self.source(subject, false, false))
            .collect();
        let subject = Subject::new(&target, layers.as_deref().map(Path::new))?;
        Ok((lower, subject))
    }

    /// Plans the prepared directories, as the test or one of their preparations sees them.
    pub(super) fn of_the_task(
        &mut self,
        asked: &Mount,
        namespaces: &NamespaceMounts,
        task: &Task,
    ) -> Result<Vec<usize>, SetupError> {
        let prepared = &*asked.prepared;
        match task {
            Task::Test { views } if views.len() == prepared.len() => {
                for (prepared, view) in prepared.iter().zip(views) {
                    self.prepared(prepared, view, None)?;
                }
            }
            Task::Prepare {
                prepared: number,
                view,
                ..
            } if *number < prepared.len() => {
                self.prepared(&prepared[*number], view, namespaces.r#become)?;
            }
            Task::Remove { trees } => {
                return trees.iter().map(|tree| self.layer(tree)).collect();
            }
            _ => {
                let error = SetupError::new(Step::PrepareDirectory, Call::Check, Errno::OPNOTSUPP);
                let error = error.because(
                    "a command can't have prepared directories, because the harness prepares them: give the directory to the test, and show it to the command with `Sandbox::bind`",
                );
                return Err(match prepared.first() {
                    Some(prepared) => error.at(&*prepared.target),
                    None => error,
                });
            }
        }
        Ok(Vec::new())
    }

    fn prepared(
        &mut self,
        prepared: &Prepared,
        view: &View,
        owner: Option<u32>,
    ) -> Result<(), SetupError> {
        let lower: Result<_, _> = view.lower.iter().map(|tree| self.layer(tree)).collect();
        let lower = lower?;
        let mut changes = Vec::new();
        for place in &view.changes {
            changes.push(match place {
                Changes::Disk { upper, work } => PlannedChanges::Disk {
                    upper: self.layer(upper)?,
                    work: self.layer(work)?,
                },
                Changes::Memory { size } => {
                    PlannedChanges::Scratch(self.scratch.add_prepared(*size))
                }
            });
        }
        let user_xattr = self.user_xattr;
        self.asked(
            &prepared.target,
            What::Prepared(PreparedMount {
                lower,
                changes,
                user_xattr,
                copy: view.copy,
                owner,
                target: absolute(Path::new("/"), Path::new(&*prepared.target)),
                is_to_be_copied: Cell::new(false),
            }),
        )?;
        Ok(())
    }

    fn layer(&mut self, path: &Path) -> Result<usize, SetupError> {
        Ok(self.source(Subject::new(path, None)?, false, false))
    }
}
