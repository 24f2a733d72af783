//! `mount`: what the file tree looks like inside; `mount_namespaces(7)`.
//!
//! All that is to be mounted, what the words bring and what the test asks for, is one list of [`Action`]s, parents before
//! children: whatever order the attribute has, nothing hides what was asked for.
//!
//! The handles that a plan is filled with are descriptors of the process that enters, and end with it. Whoever else has the plan in
//! memory must not close them: the numbers mean something else there, or nothing. So they are never dropped.

use std::fs;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::AsRawFd;

use nix::unistd::chdir;

use crate::error::{At, Call, Failure, Step, Subject};
use crate::sys::{Errno, file, mount};

use super::mount_one::{Action, What};
use super::prepared::{self, PreparedMount};
use super::protect_host_settings::Protection;
use super::scratch::Scratch;
use super::source::{self, Source};

/// What to mount, in order.
#[derive(Debug)]
pub(crate) struct MountPlan {
    pub(super) slave: bool,
    /// What bind mounts show. All are opened before anything is mounted: later they may be hidden.
    pub(super) sources: Vec<Source>,
    pub(super) scratch: Option<Scratch>,
    pub(super) actions: Vec<Action>,
    /// For the real root, whom file permissions would let write the host's own kernel settings.
    pub(super) protect_host: Option<Protection>,
    pub(super) root: Option<Subject>,
    /// Trees whose content is to be removed, by their numbers among the sources.
    pub(super) removed: Vec<usize>,
}

impl MountPlan {
    /// In the body: copies the prepared directories that have no overlay. Allocates.
    pub(crate) fn copy_prepared(&self) -> Result<(), (&Subject, io::Error)> {
        self.prepared().try_for_each(|(target, prepared)| {
            let copied = prepared.copy(&self.sources);
            copied.map_err(|error| (target, error))
        })
    }

    /// Whether a directory that is being prepared is a tree of its own, and not a layer of an overlay.
    pub(crate) fn prepares_whole_tree(&self) -> bool {
        self.prepared()
            .all(|(_, prepared)| prepared.is_whole_tree())
    }

    /// In the body: removes the content of trees that the harness may not remove. Allocates.
    pub(crate) fn remove_trees(&self) -> io::Result<()> {
        let trees = self
            .removed
            .iter()
            .filter_map(|source| self.sources[*source].fd());
        for tree in trees {
            let path = format!("/proc/self/fd/{}/.", tree.as_raw_fd());
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    prepared::remove_tree(&entry.path())?;
                } else {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }

    fn prepared(&self) -> impl Iterator<Item = (&Subject, &PreparedMount)> {
        self.actions.iter().filter_map(|action| match &action.what {
            What::Prepared(prepared) => Some((&action.target, prepared)),
            _ => None,
        })
    }

    pub(crate) fn full_scratch(&self) -> Option<[u64; 2]> {
        self.scratch.as_ref()?.full()
    }
}

pub(crate) fn enter(plan: &MountPlan) -> Result<(), Failure<'_>> {
    // Mount points are for everyone inside, however private the caller's own files are.
    let mask = file::umask(0o022);
    let entered = mount_all(plan);
    file::umask(mask);
    entered
}

fn mount_all(plan: &MountPlan) -> Result<(), Failure<'_>> {
    // A new root may have no /proc.
    let own = plan
        .protect_host
        .as_ref()
        .map(|_| file::handle(c"/proc/self"));
    let own = own.transpose().at(Step::ProtectHost, Call::Open)?;
    mount::set_propagation(c"/", plan.slave).at(Step::CutPropagation, Call::Mount)?;
    open_sources(&plan.sources)?;
    if let Some(scratch) = &plan.scratch {
        scratch.mount()?;
    }
    for action in &plan.actions {
        action.mount(&plan.sources, plan.scratch.as_ref())?;
    }
    if let Some(scratch) = &plan.scratch {
        scratch.leave()?;
    }
    plan.root.as_ref().map_or(Ok(()), change_root)?;
    // At last, and so in the tree that the test will have.
    match (&plan.protect_host, &own) {
        (Some(protection), Some(own)) => protection.mount(own),
        _ => Ok(()),
    }
}

fn open_sources(sources: &[Source]) -> Result<(), Failure<'_>> {
    for source in sources {
        match source::open(source.subject.path(), source.bound) {
            Ok(handle) => drop(source.handle.set(ManuallyDrop::new(handle))),
            Err(Errno::NOENT) if source.optional => {}
            Err(errno) => return Err(errno).at_path(Step::FindSource, Call::Open, &source.subject),
        }
    }
    Ok(())
}

/// `pivot_root(2)`, not `chroot(2)`: the kernel makes no user namespace in a chroot (EPERM), and a test may want one.
fn change_root(root: &Subject) -> Result<(), Failure<'_>> {
    chdir(root.path()).at_path(Step::ChangeRoot, Call::Chdir, root)?;
    mount::pivot_root_here().at_path(Step::ChangeRoot, Call::PivotRoot, root)?;
    // The old root now lies over the new one, at the same place: taking it off is all that is left.
    mount::detach(c".").at_path(Step::ChangeRoot, Call::Umount, root)?;
    chdir(c"/").at_path(Step::ChangeRoot, Call::Chdir, root)
}
