//! One mount, and its mount point.

use std::ffi::{CStr, CString, c_ulong};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use crate::error::{At, Call, Failure, Step, Subject};
use crate::sandbox::file;
use crate::sys::mount::flags;
use crate::sys::{Errno, mount};

use super::dev::OwnDev;
use super::fd_path::FdPath;
use super::overlay;
use super::prepared::PreparedMount;
use super::scratch::Scratch;
use super::source::{Handle, Source};

/// A mount to make at a target.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) target: Subject,
    pub(super) what: What,
    /// Directories to make first, outermost first, if the sandbox itself has mounted the target's
    /// file system. Elsewhere a missing mount point is an error, because making it would change the
    /// host.
    pub(super) directories: Vec<CString>,
    /// Whether a missing target is acceptable.
    pub(super) optional: bool,
}

/// The kind of mount.
#[derive(Debug)]
pub(super) enum What {
    Proc,
    Sys,
    Cgroup {
        writable: bool,
    },
    Mqueue,
    Dev(Box<OwnDev>),
    Tmpfs {
        options: CString,
    },
    /// A bind mount of the source with this number.
    Bind {
        source: usize,
        read_only: bool,
    },
    /// The file of this number in the scratch space.
    Scratch {
        file: usize,
    },
    /// These sources, the topmost first. Changes go to this directory of the scratch space.
    Overlay {
        lower: Vec<usize>,
        layer: usize,
        options: overlay::Options,
        /// For errors: the target, and the lower directories if they differ from it.
        subject: Subject,
    },
    Prepared(PreparedMount),
    /// The existing tree at the target becomes read-only.
    ReadOnly,
}

impl Action {
    pub(super) fn mount(
        &self,
        sources: &[Source],
        scratch: Option<&Scratch>,
    ) -> Result<(), Failure<'_>> {
        match self.what {
            What::Bind { source, .. } if sources[source].handle().is_none() => return Ok(()),
            _ => match self.make_mount_point(sources) {
                // The directory that would contain it is missing as well.
                Err(failure) if self.optional && failure.errno == Errno::NOENT => return Ok(()),
                other => other?,
            },
        }
        match self.mount_here(sources, scratch) {
            Err(Failure {
                errno: Errno::NOENT,
                ..
            }) if self.optional => Ok(()),
            other => other,
        }
    }

    fn mount_here(&self, sources: &[Source], scratch: Option<&Scratch>) -> Result<(), Failure<'_>> {
        let target = self.target.path();
        match &self.what {
            What::Proc => self.file_system(Step::MountProc, c"proc", HARMLESS, None),
            What::Sys => self.sys(),
            What::Cgroup { writable } => {
                let mode = if *writable { 0 } else { flags::RDONLY };
                // "Where the kernel allows": cgroup v1 hosts and old kernels refuse this mount.
                let _ = mount::new_file_system(c"cgroup2", target, HARMLESS | mode, None);
                Ok(())
            }
            What::Mqueue => self.file_system(Step::MountMqueue, c"mqueue", HARMLESS, None),
            What::Dev(dev) => dev.mount(&self.target),
            What::Tmpfs { options } => {
                self.file_system(Step::MountTmpfs, c"tmpfs", 0, Some(options))
            }
            What::Bind { source, read_only } => self.bind(sources[*source].handle(), *read_only),
            What::Scratch { file } => match scratch.and_then(|scratch| scratch.file(*file)) {
                Some(file) => self.bind_path(file),
                None => Ok(()),
            },
            What::Overlay {
                lower,
                layer,
                options,
                subject,
            } => {
                let layers = scratch.and_then(|scratch| scratch.layer(*layer));
                let lower = lower.iter().filter_map(|source| sources[*source].handle());
                let lower = lower.map(Handle::fd);
                let mount = |layers| overlay::mount(target, lower, layers, *options);
                let mounted = layers.map_or(Ok(()), mount);
                mounted.at_path(Step::MountOverlay, Call::Mount, subject)
            }
            What::Prepared(prepared) => prepared.mount(target, sources, scratch).at_path(
                Step::MountPrepared,
                Call::Mount,
                &self.target,
            ),
            What::ReadOnly => self.bound_read_only(),
        }
    }

    fn bound_read_only(&self) -> Result<(), Failure<'_>> {
        let target = self.target.path();
        mount::bind(target, target).at_path(Step::MakeReadOnly, Call::Mount, &self.target)?;
        self.read_only()
    }

    fn file_system(
        &self,
        step: Step,
        kind: &CStr,
        flags: c_ulong,
        data: Option<&CStr>,
    ) -> Result<(), Failure<'_>> {
        mount::new_file_system(kind, self.target.path(), flags, data).at_path(
            step,
            Call::Mount,
            &self.target,
        )
    }

    /// Mounts a sysfs that shows the devices of the test's network. If the host's is read-only (in
    /// containers), the kernel answers EPERM unless the new one is read-only, too.
    fn sys(&self) -> Result<(), Failure<'_>> {
        match self.file_system(Step::MountSys, c"sysfs", HARMLESS, None) {
            Err(Failure {
                errno: Errno::PERM, ..
            }) => self.file_system(Step::MountSys, c"sysfs", HARMLESS | flags::RDONLY, None),
            other => other,
        }
    }

    fn bind(&self, source: Option<&Handle>, read_only: bool) -> Result<(), Failure<'_>> {
        match source {
            Some(Handle::Tree(tree)) => {
                mount::attach(tree.as_fd(), self.target.path()).at_path(
                    Step::Bind,
                    Call::MoveMount,
                    &self.target,
                )?;
            }
            Some(Handle::Path(path)) => self.bind_path(path)?,
            None => return Ok(()),
        }
        if read_only { self.read_only() } else { Ok(()) }
    }

    fn bind_path(&self, source: &OwnedFd) -> Result<(), Failure<'_>> {
        let path = FdPath::new(source.as_raw_fd());
        mount::bind(path.as_c_str(), self.target.path()).at_path(
            Step::Bind,
            Call::Mount,
            &self.target,
        )
    }

    /// Makes the target read-only, recursively if the kernel can (5.12). Otherwise mounts below it
    /// would stay writable.
    fn read_only(&self) -> Result<(), Failure<'_>> {
        match mount::make_read_only(self.target.path(), true) {
            Err(Errno::NOSYS | Errno::PERM) => mount::remount_read_only(self.target.path()),
            other => other,
        }
        .at_path(Step::MakeReadOnly, Call::MountSetattr, &self.target)
    }

    fn make_mount_point(&self, sources: &[Source]) -> Result<(), Failure<'_>> {
        let Some((last, parents)) = self.directories.split_last() else {
            return Ok(());
        };
        for directory in parents {
            self.made(file::make_directory(directory, 0o755))?;
        }
        let is_file = match self.what {
            What::Bind { source, .. } => {
                let handle = sources[source].handle();
                // An open handle can always report its type.
                handle.is_some_and(|handle| {
                    file::attributes(handle.fd()).is_ok_and(|file| !file.is_directory)
                })
            }
            What::Scratch { .. } => true,
            _ => false,
        };
        self.made(if is_file {
            file::create(last, 0o644, b"")
        } else {
            file::make_directory(last, 0o755)
        })
    }

    fn made(&self, result: Result<(), Errno>) -> Result<(), Failure<'_>> {
        match result {
            Err(Errno::EXIST) => Ok(()),
            other => other.at_path(Step::MakeMountPoint, Call::Mkdir, &self.target),
        }
    }
}

/// The usual mount flags of the kernel's own file systems.
const HARMLESS: c_ulong = flags::NOSUID | flags::NODEV | flags::NOEXEC;
