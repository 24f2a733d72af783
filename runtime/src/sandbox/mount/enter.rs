//! `mount`: the file tree inside; `mount_namespaces(7)`.
//!
//! All mounts, implied and requested, form one list of [`Action`]s, parents before children. So no
//! mount hides a requested one, whatever the order in the attribute.
//!
//! The handles in a plan are descriptors of the process that enters the sandbox, and end with it.
//! Another process with a copy of the plan must not close them: its descriptors with these numbers
//! are different ones. So handles are never dropped.

use std::fs;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::AsRawFd;

use nix::mount::{MntFlags, umount2};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{chdir, pivot_root};

use crate::error::{At, Call, Failure, Step, Subject};
use crate::sandbox::file;
use crate::sys::{Errno, mount};

use super::mount_one::{Action, What};
use super::prepared::{self, PreparedMount};
use super::protect_host_settings::Protection;
use super::scratch::Scratch;
use super::source::{self, Source};

/// The mounts to make, in order.
#[derive(Debug)]
pub(crate) struct MountPlan {
    pub(super) slave: bool,
    /// The sources of bind mounts. All are opened before the first mount, because later mounts may
    /// hide them.
    pub(super) sources: Vec<Source>,
    pub(super) scratch: Option<Scratch>,
    pub(super) actions: Vec<Action>,
    /// Protects the host's kernel settings from real root, who may write to them by file
    /// permissions.
    pub(super) protect_host: Option<Protection>,
    pub(super) root: Option<Subject>,
    /// Trees whose content the body removes, by their numbers among the sources.
    pub(super) removed: Vec<usize>,
    /// Whether the body copies prepared directories or removes trees.
    pub(super) needs_body: bool,
}

impl MountPlan {
    /// Returns whether the body has to call the functions below.
    pub(crate) fn needs_body(&self) -> bool {
        self.needs_body
    }

    /// Copies the prepared directories that have no overlay, in the body. Allocates.
    pub(crate) fn copy_prepared(&self) -> Result<(), (&Subject, io::Error)> {
        self.prepared().try_for_each(|(target, prepared)| {
            let copied = prepared.copy(&self.sources);
            copied.map_err(|error| (target, error))
        })
    }

    /// Returns whether the directory being prepared is a complete tree, and not a layer of an
    /// overlay.
    pub(crate) fn prepares_whole_tree(&self) -> bool {
        self.prepared()
            .all(|(_, prepared)| prepared.is_whole_tree())
    }

    /// Removes, in the body, the content of trees that the harness may not remove. Allocates.
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
    // All users inside may use the mount points, whatever the caller's umask is.
    let before = umask(Mode::S_IWGRP | Mode::S_IWOTH);
    let entered = mount_all(plan);
    umask(before);
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
    // Protect last, so that this covers the tree that the test will have.
    match (&plan.protect_host, &own) {
        (Some(protection), Some(own)) => protection.mount(own),
        _ => Ok(()),
    }
}

pub(super) fn open_sources(sources: &[Source]) -> Result<(), Failure<'_>> {
    for source in sources {
        match source::open(source.subject.path(), source.bound) {
            Ok(handle) => drop(source.handle.set(ManuallyDrop::new(handle))),
            Err(Errno::NOENT) if source.optional => {}
            Err(errno) => return Err(errno).at_path(Step::FindSource, Call::Open, &source.subject),
        }
    }
    Ok(())
}

/// Uses `pivot_root(2)`, not `chroot(2)`: the kernel refuses user namespaces in a chroot (EPERM),
/// and a test may need one.
fn change_root(root: &Subject) -> Result<(), Failure<'_>> {
    chdir(root.path()).at_path(Step::ChangeRoot, Call::Chdir, root)?;
    pivot_root(c".", c".").at_path(Step::ChangeRoot, Call::PivotRoot, root)?;
    // The old root is now mounted over the new one, at the same place, so only the detach is
    // missing.
    umount2(c".", MntFlags::MNT_DETACH).at_path(Step::ChangeRoot, Call::Umount, root)?;
    chdir(c"/").at_path(Step::ChangeRoot, Call::Chdir, root)
}
