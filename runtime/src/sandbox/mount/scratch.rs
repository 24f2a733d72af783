//! A tmpfs of the sandbox's own for what has to lie somewhere: the changes of overlays, the new /etc/hosts.

use std::cell::OnceCell;
use std::ffi::{CString, c_ulong};
use std::mem::ManuallyDrop;
use std::os::fd::OwnedFd;
use std::path::Path;

use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::request::spec::Mount;
use crate::sys::{Errno, file, mount};

/// The scratch space: where it is mounted for the time being, and what it holds.
#[derive(Debug)]
pub(super) struct Scratch {
    at: Subject,
    options: CString,
    /// Whether something is mounted over it later, so that nobody sees it. Else it has to be taken off again.
    covered: bool,
    layers: Vec<Layer>,
    files: Vec<File>,
}

/// The two directories that an overlay wants on one file system.
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
    /// Nothing yet, to be mounted over the directory `at`.
    pub(super) fn new(at: Subject, size: u64, covered: bool) -> Self {
        let options = CString::new(format!("size={size},mode=755")).unwrap_or_default();
        Self {
            at,
            options,
            covered,
            layers: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Adds room for the changes of one overlay and answers with its number.
    pub(super) fn add_layer(&mut self) -> usize {
        let number = self.layers.len();
        let path = |kind: &str| self.path(&format!("{kind}-{number}"));
        let layer = Layer {
            upper: path("upper"),
            work: path("work"),
            handles: OnceCell::new(),
        };
        self.layers.push(layer);
        number
    }

    /// Adds a file and answers with its number.
    pub(super) fn add_file(&mut self, content: Vec<u8>) -> usize {
        let number = self.files.len();
        let path = self.path(&format!("file-{number}"));
        self.files.push(File {
            path,
            content,
            handle: OnceCell::new(),
        });
        number
    }

    pub(super) fn layer(&self, number: usize) -> Option<[&OwnedFd; 2]> {
        self.layers[number]
            .handles
            .get()
            .map(|handles| handles.each_ref())
    }

    pub(super) fn file(&self, number: usize) -> Option<&OwnedFd> {
        self.files[number].handle.get().map(|handle| &**handle)
    }

    /// Mounts and fills it, and opens handles on all of it: something may soon be mounted over it.
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

    /// Takes it out of sight.
    pub(super) fn leave(&self) -> Result<(), Failure<'_>> {
        if self.covered {
            return Ok(());
        }
        mount::detach(self.at.path()).at_path(Step::MountScratch, Call::Umount, &self.at)
    }

    fn path(&self, name: &str) -> CString {
        let mut path = self.at.path.to_bytes().to_vec();
        path.push(b'/');
        path.extend_from_slice(name.as_bytes());
        CString::new(path).unwrap_or_default()
    }
}

/// A directory of the Filesystem Hierarchy Standard that no mount of the test has to do with.
pub(super) fn free_directory(asked: &Mount) -> Result<&'static Path, SetupError> {
    let targets = || {
        let tmpfs = asked.tmpfs.iter().map(|tmpfs| &tmpfs.path);
        tmpfs
            .chain(asked.bind.iter().map(|bind| &bind.target))
            .chain(&*asked.overlay)
            .chain(&*asked.ro)
    };
    ["/mnt", "/media", "/srv", "/opt", "/tmp"]
        .map(Path::new)
        .into_iter()
        .find(|candidate| candidate.is_dir() && !targets().any(|target| Path::new(&**target).starts_with(candidate)))
        .ok_or_else(|| {
            SetupError::new(Step::MountScratch, Call::Check, Errno::NOENT)
                .because("an overlay or a host name needs one of /mnt, /media, /srv, /opt, /tmp to be free for a moment")
        })
}

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
