//! The sandbox's own tmpfs for the changes of overlays and the new /etc/hosts.

use std::cell::OnceCell;
use std::ffi::{CString, c_ulong};
use std::mem::ManuallyDrop;
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::mount::{MntFlags, umount2};
use nix::sys::statvfs::fstatvfs;

use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::sandbox::file;
use crate::sys::procfs;
use crate::sys::{Errno, mount};

/// The scratch space: its temporary mount point, and its content.
#[derive(Debug)]
pub(super) struct Scratch {
    at: Subject,
    options: CString,
    /// Whether a later mount covers it. Otherwise it has to be unmounted.
    covered: bool,
    layers: Vec<Layer>,
    files: Vec<File>,
}

/// The requirements of a plan under construction.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The size of each overlay, if the test sets one.
    layers: Vec<Option<u64>>,
    files: Vec<Vec<u8>>,
    /// Additional bytes for prepared directories.
    more: u64,
}

impl Wanted {
    /// Adds room for the changes of one overlay and returns its number.
    pub(super) fn add_layer(&mut self, size: Option<u64>) -> usize {
        self.layers.push(size);
        self.layers.len() - 1
    }

    /// Adds a file and returns its number.
    pub(super) fn add_file(&mut self, content: Vec<u8>) -> usize {
        self.files.push(content);
        self.files.len() - 1
    }

    /// Adds room for the changes of a prepared directory of this size, and returns its number.
    pub(super) fn add_prepared(&mut self, size: u64) -> usize {
        self.more = self.more.saturating_add(size);
        self.add_layer(None)
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.layers.is_empty() && self.files.is_empty()
    }

    /// Returns the total size: the sizes of the overlays, and `usual` unless every overlay has its
    /// own size.
    fn size(&self, usual: u64) -> u64 {
        /// Room for directories and files.
        const MARGIN: u64 = 1 << 20;
        let asked = self.layers.iter().flatten().sum::<u64>();
        if asked == 0 || self.layers.contains(&None) {
            asked.saturating_add(usual).saturating_add(self.more)
        } else {
            asked.saturating_add(MARGIN)
        }
    }
}

/// The two directories that an overlay needs on one file system.
#[derive(Debug)]
struct Layer {
    upper: CString,
    work: CString,
    handles: OnceCell<ManuallyDrop<[OwnedFd; 2]>>,
}

#[derive(Debug)]
struct File {
    path: CString,
    content: Vec<u8>,
    handle: OnceCell<ManuallyDrop<OwnedFd>>,
}

impl Scratch {
    /// Plans a mount over the directory `at`.
    pub(super) fn new(at: Subject, wanted: Wanted, usual_size: u64, covered: bool) -> Self {
        let options = format!("size={},mode=755", wanted.size(usual_size));
        let path = |kind: &str, number: usize| path_below(&at, &format!("{kind}-{number}"));
        let (mut layers, mut files) = (Vec::new(), Vec::new());
        for number in 0..wanted.layers.len() {
            layers.push(Layer {
                upper: path("upper", number),
                work: path("work", number),
                handles: OnceCell::new(),
            });
        }
        for (number, content) in wanted.files.into_iter().enumerate() {
            files.push(File {
                path: path("file", number),
                content,
                handle: OnceCell::new(),
            });
        }
        Self {
            layers,
            files,
            at,
            options: CString::new(options).unwrap_or_default(),
            covered,
        }
    }

    /// Returns the total size and the free room of a full scratch space, in bytes. `None`: it is
    /// not full. Init calls this at a test's end.
    pub(super) fn full(&self) -> Option<[u64; 2]> {
        let [upper, _] = self.layer(0)?;
        let [size, free] = capacity(upper)?;
        // A program that failed to write may leave some room: part of a page, or of a file that is
        // copied up as a whole.
        (free < size / 32).then_some([size, free])
    }

    pub(super) fn layer(&self, number: usize) -> Option<[&OwnedFd; 2]> {
        self.layers
            .get(number)?
            .handles
            .get()
            .map(|handles| handles.each_ref())
    }

    pub(super) fn file(&self, number: usize) -> Option<&OwnedFd> {
        self.files[number].handle.get().map(|handle| &**handle)
    }

    /// Mounts and fills it, and opens handles on its content, because a later mount may cover it.
    pub(super) fn mount(&self) -> Result<(), Failure<'_>> {
        let Self {
            at,
            options,
            layers,
            files,
            ..
        } = self;
        mount::new_file_system(c"tmpfs", at.path(), NO_FLAGS, Some(options)).at_path(
            Step::MountScratch,
            Call::Mount,
            at,
        )?;
        layers
            .iter()
            .try_for_each(Layer::make)
            .at_path(Step::MountScratch, Call::Mkdir, at)?;
        files
            .iter()
            .try_for_each(File::make)
            .at_path(Step::MountScratch, Call::Write, at)
    }

    /// Unmounts it, or leaves it under the mount that covers it.
    pub(super) fn leave(&self) -> Result<(), Failure<'_>> {
        if self.covered {
            return Ok(());
        }
        umount2(self.at.path(), MntFlags::MNT_DETACH).at_path(
            Step::MountScratch,
            Call::Umount,
            &self.at,
        )
    }
}

fn path_below(at: &Subject, name: &str) -> CString {
    let mut path = at.path.to_bytes().to_vec();
    path.push(b'/');
    path.extend_from_slice(name.as_bytes());
    CString::new(path).unwrap_or_default()
}

/// Returns a directory of the Filesystem Hierarchy Standard that no mount of the test concerns.
///
/// It also skips FUSE and network file systems: if their server hangs, any access takes forever.
pub(super) fn free_directory(targets: &[&Path]) -> Result<&'static Path, SetupError> {
    let mountinfo = procfs::read("/proc/self/mountinfo").unwrap_or_default();
    let mounts = procfs::mounts(&mountinfo);
    let has_server = |path: &Path| {
        let mut here = mounts
            .iter()
            .filter(|mount| Path::new(&*mount.point) == path);
        here.any(|mount| SERVED.iter().any(|kind| mount.kind.starts_with(kind)))
    };
    ["/mnt", "/media", "/srv", "/opt", "/tmp"]
        .map(Path::new)
        .into_iter()
        .find(|candidate| {
            !has_server(candidate) && candidate.is_dir() && !targets.iter().any(|target| target.starts_with(candidate))
        })
        .ok_or_else(|| {
            SetupError::new(Step::MountScratch, Call::Check, Errno::NOENT)
                .because("overlays and host names need one of /mnt, /media, /srv, /opt and /tmp as a work directory, but none of these is a local directory without a mount of the test: create one of them, such as /mnt")
        })
}

/// The prefixes of file system types that a process or another machine serves.
const SERVED: [&str; 7] = ["fuse", "nfs", "cifs", "smb", "9p", "ceph", "afs"];

impl Layer {
    fn make(&self) -> Result<(), Errno> {
        file::make_directory(&self.upper, 0o755)?;
        file::make_directory(&self.work, 0o755)?;
        let handles = [file::handle(&self.upper)?, file::handle(&self.work)?];
        let _ = self.handles.set(ManuallyDrop::new(handles));
        Ok(())
    }
}

impl File {
    fn make(&self) -> Result<(), Errno> {
        file::create(&self.path, 0o644, &self.content)?;
        let _ = self
            .handle
            .set(ManuallyDrop::new(file::handle(&self.path)?));
        Ok(())
    }
}

const NO_FLAGS: c_ulong = 0;

/// Returns the size of the handle's file system in bytes, and the free bytes for ordinary users.
fn capacity(handle: &OwnedFd) -> Option<[u64; 2]> {
    let facts = fstatvfs(handle).ok()?;
    let unit = wide(facts.fragment_size());
    Some([facts.blocks(), facts.blocks_available()].map(|blocks| wide(blocks).saturating_mul(unit)))
}

/// Widens C types that are narrower on 32-bit processors.
fn wide(number: impl Into<u64>) -> u64 {
    number.into()
}
