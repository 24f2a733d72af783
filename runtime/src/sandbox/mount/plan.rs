//! The translation of a test's options to the ordered list of mounts.

use std::cell::OnceCell;
use std::ffi::{CString, OsStr};
use std::fs;
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::error::{Call, SetupError, Step, Subject};
use crate::request::spec::{Mount, OsText, Propagation, Tmp, Tmpfs};
use crate::sandbox::host::{HostFacts, absolute};
use crate::sys::{Errno, c_string};

use super::enter::MountPlan;
use super::mount_one::What;
use super::namespaces::NamespaceMounts;
use super::order::{self, MountEntry};
use super::prepared::Task;
use super::protect_host_settings::{AskedMounts, Protection};
use super::scratch::{Scratch, Wanted, free_directory};
use super::source::Source;

impl MountPlan {
    pub(crate) fn new(
        asked: &Mount,
        namespaces: &NamespaceMounts,
        facts: &HostFacts,
        manifest: &Path,
        task: &Task,
    ) -> Result<Self, SetupError> {
        let mut draft = Draft {
            facts,
            manifest,
            root: None,
            user_xattr: namespaces.user || !facts.real_root,
            sources: Vec::new(),
            scratch: Wanted::default(),
            entries: Vec::new(),
        };
        let root = draft.new_root(asked.root.as_ref())?;
        draft.own_dev(asked, namespaces)?;
        draft.of_namespaces(namespaces)?;
        draft.of_the_option(asked)?;
        let removed = draft.of_the_task(asked, namespaces, task)?;
        draft.no_target_twice()?;
        draft.profiles()?;
        draft.own_names(namespaces);
        let scratch = draft.take_scratch(asked.tmp)?;
        let is_prepared = |entry: &MountEntry| matches!(entry.what, What::Prepared(_));
        let needs_body = !removed.is_empty() || draft.entries.iter().any(is_prepared);
        let protect_host = (namespaces.user && facts.real_root)
            .then(|| Protection::new(namespaces, facts.of_machine(), draft.asked_mounts()));
        Ok(Self {
            slave: asked.propagation == Propagation::Slave,
            protect_host,
            root,
            actions: order::actions(draft.entries)?,
            sources: draft.sources,
            scratch,
            removed,
            needs_body,
        })
    }
}

/// A plan under construction.
pub(super) struct Draft<'a> {
    pub(super) facts: &'a HostFacts,
    manifest: &'a Path,
    /// The new root, which all mount points are relative to.
    pub(super) root: Option<PathBuf>,
    /// Whether overlays need attributes that an unprivileged mount may write.
    pub(super) user_xattr: bool,
    sources: Vec<Source>,
    pub(super) scratch: Wanted,
    pub(super) entries: Vec<MountEntry>,
}

impl Draft<'_> {
    /// Binds the new root onto itself, because `pivot_root(2)` requires a mount point.
    fn new_root(&mut self, asked: Option<&OsText>) -> Result<Option<Subject>, SetupError> {
        let Some(written) = asked else {
            return Ok(None);
        };
        let root = self.source_path(written)?;
        let path = root.to_path();
        if path == Path::new("/") {
            return Err(SetupError::new(Step::Prepare, Call::Check, Errno::INVAL)
                .at(path)
                .because("`/` is already the root: remove `root`, or name another directory"));
        }
        self.root = Some(path);
        let source = self.source(root.clone(), false, true);
        self.implied(
            "/",
            What::Bind {
                source,
                read_only: false,
            },
            false,
        );
        Ok(Some(root))
    }

    /// Plans the mounts that the option `mount` itself requests.
    fn of_the_option(&mut self, asked: &Mount) -> Result<(), SetupError> {
        if asked.tmp == Tmp::Private {
            self.private_tmp()?;
        }
        for Tmpfs { path, size, mode } in &*asked.tmpfs {
            let options = self.tmpfs_options(*size, mode.unwrap_or_else(|| usual_mode(path)));
            self.asked(path, What::Tmpfs { options })?;
        }
        for bind in &*asked.bind {
            let source = self.source_path(&bind.source)?;
            let source = self.source(source, false, true);
            self.asked(
                &bind.target,
                What::Bind {
                    source,
                    read_only: bind.ro,
                },
            )?;
        }
        for overlay in &*asked.overlay {
            self.overlay(overlay)?;
        }
        asked
            .ro
            .iter()
            .try_for_each(|path| self.asked(path, What::ReadOnly))
    }

    pub(super) fn implied(&mut self, target: impl AsRef<Path>, what: What, optional: bool) {
        let target = self.inside(target);
        self.entries.push(MountEntry {
            target,
            what,
            optional,
            implied: true,
        });
    }

    pub(super) fn asked(&mut self, target: &OsText, what: What) -> Result<(), SetupError> {
        check_target(target)?;
        let target = self.inside(absolute(Path::new("/"), Path::new(&**target)));
        if !matches!(what, What::ReadOnly) {
            self.entries
                .retain(|other| !(other.implied && other.target == target));
        }
        self.entries.push(MountEntry {
            target,
            what,
            optional: false,
            implied: false,
        });
        Ok(())
    }

    fn no_target_twice(&self) -> Result<(), SetupError> {
        let is_new = |entry: &&MountEntry| !entry.implied && !matches!(entry.what, What::ReadOnly);
        let new = || self.entries.iter().filter(is_new);
        let twice = new().find(|entry| new().filter(|new| new.target == entry.target).count() > 1);
        match twice {
            Some(entry) => Err(SetupError::new(Step::Prepare, Call::Check, Errno::EXIST)
                .at(&entry.target)
                .because("two mounts have this target: remove one of them")),
            None => Ok(()),
        }
    }

    fn asked_mounts(&self) -> AskedMounts {
        let mut all = AskedMounts::default();
        for entry in self.entries.iter().filter(|entry| !entry.implied) {
            let target = match &self.root {
                Some(root) => entry.target.strip_prefix(root).ok(),
                None => Some(&*entry.target),
            };
            let target = target.and_then(|target| c_string(Path::new("/").join(target)).ok());
            if self.shows_sys(&entry.what) {
                all.of_sys.extend(target);
            } else {
                all.own.extend(target);
            }
        }
        all
    }

    fn shows_sys(&self, what: &What) -> bool {
        let What::Bind { source, .. } = what else {
            return false;
        };
        let source = fs::canonicalize(self.sources[*source].subject.to_path());
        source.is_ok_and(|source| source.starts_with("/sys"))
    }

    /// Returns the location of a path of the new tree while the old root is still `/`.
    pub(super) fn inside(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        }
    }

    pub(super) fn bound(&mut self, path: &Path, optional: bool) -> Result<usize, SetupError> {
        Ok(self.source(Subject::new(path, None)?, optional, true))
    }

    pub(super) fn source(&mut self, subject: Subject, optional: bool, bound: bool) -> usize {
        self.sources.push(Source {
            subject,
            optional,
            bound,
            handle: OnceCell::new(),
        });
        self.sources.len() - 1
    }

    /// Returns a path of the host as the test wrote it, and as an absolute path. The former only if
    /// they differ.
    pub(super) fn source_path(&self, written: &OsText) -> Result<Subject, SetupError> {
        let written = Path::new(&**written);
        Subject::new(&absolute(self.manifest, written), Some(written))
    }

    pub(super) fn tmpfs_options(&self, size: Option<u64>, mode: u32) -> CString {
        let size = size.unwrap_or(self.facts.tmpfs_size);
        CString::new(format!("size={size},mode={mode:o}")).unwrap_or_default()
    }

    /// Plans the scratch space over a directory that the sandbox covers anyway, or over one without
    /// requested mounts.
    fn take_scratch(&mut self, tmp: Tmp) -> Result<Option<Scratch>, SetupError> {
        let wanted = mem::take(&mut self.scratch);
        if wanted.is_nothing() {
            return Ok(None);
        }
        let covered = tmp == Tmp::Private && self.root.is_none();
        let at = if covered {
            Path::new("/tmp")
        } else {
            let targets: Vec<&Path> = self.entries.iter().map(|entry| &*entry.target).collect();
            free_directory(&targets)?
        };
        let at = Subject::new(at, None)?;
        let size = self.facts.tmpfs_size;
        Ok(Some(Scratch::new(at, wanted, size, covered)))
    }
}

fn usual_mode(path: &OsStr) -> u32 {
    if ["/tmp", "/var/tmp", "/dev/shm"]
        .iter()
        .any(|usual| path == *usual)
    {
        0o1777
    } else {
        0o755
    }
}

/// Checks that the target is an absolute path without `..`, as the attribute does.
fn check_target(target: &OsStr) -> Result<(), SetupError> {
    let path = Path::new(target);
    let why = if path.is_relative() {
        "a mount's target must be absolute: start it with `/`"
    } else if path.components().any(|part| part == Component::ParentDir) {
        "a mount's target must not contain `..`: write the path that it leads to"
    } else if target.as_bytes().contains(&0) {
        "a path can't contain a NUL byte: remove it"
    } else {
        return Ok(());
    };
    let error = SetupError::new(Step::Prepare, Call::Check, Errno::INVAL);
    Err(error.asked_as(target).because(why))
}
