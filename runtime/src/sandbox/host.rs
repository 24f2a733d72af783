//! Where the harness stands when its tests begin: what `cargo test` gives, read once.

use std::env;
use std::ffi::{CString, OsStr};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use nix::sys::prctl;
use nix::unistd::{getegid, geteuid};

use super::delegation::Delegation;
use super::machine_files;
use crate::error::SetupError;
use crate::sys::procfs;

/// Facts about the harness's process that plans for sandboxes rest on.
#[derive(Clone, Debug)]
pub(crate) struct HostFacts {
    pub(crate) working_directory: PathBuf,
    /// Directories below /tmp that the test needs though /tmp is private, none below another.
    pub(crate) visible: Vec<PathBuf>,
    /// Cargo's target directory, if the test binary lies in one.
    pub(crate) target_directory: Option<PathBuf>,
    /// Where an instrumented program writes what it has counted, if that is said by a variable.
    pub(crate) profiles: Option<PathBuf>,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whether the caller owns the machine's kernel settings: then file permissions don't keep it out of them. So does uid 0
    /// of the machine, and whoever is that under another number.
    pub(crate) real_root: bool,
    /// Whether /proc/self has to be made the caller's own again before the id maps can be written.
    pub(crate) undumpable: bool,
    /// Whether the variable `TMPDIR` is set.
    pub(crate) tmpdir: bool,
    /// Half of the machine's memory in bytes, 1 GiB at most: how large a tmpfs may grow unless the test says otherwise.
    pub(crate) tmpfs_size: u64,
    /// Looked for when real root has a use for it.
    of_machine: OnceLock<Vec<CString>>,
    /// Looked for when a test has a use for it.
    delegation: OnceLock<Result<Option<Delegation>, SetupError>>,
}

impl HostFacts {
    pub(crate) fn gather() -> Self {
        let working_directory = env::current_dir().unwrap_or_else(|_gone| PathBuf::from("/"));
        let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
        Self {
            visible: needed_below(Path::new("/tmp"), &working_directory),
            target_directory: executable()
                .as_deref()
                .and_then(|path| nearest_with("CACHEDIR.TAG", path)),
            profiles: env::var_os("LLVM_PROFILE_FILE")
                .map(|pattern| profile_directory(&working_directory, Path::new(&pattern))),
            working_directory,
            uid,
            gid,
            real_root: machine_files::is_owner(),
            undumpable: prctl::get_dumpable() != Ok(true),
            tmpdir: env::var_os("TMPDIR").is_some(),
            tmpfs_size: (memory() / 2).clamp(1 << 20, 1 << 30),
            of_machine: OnceLock::new(),
            delegation: OnceLock::new(),
        }
    }

    /// The same, with or without the real root's own fence.
    pub(crate) fn with_real_root(&self, real_root: bool) -> Self {
        Self {
            real_root,
            ..self.clone()
        }
    }

    /// The entries of /proc that are the machine's and not a process's, and that their owner may write to.
    pub(crate) fn of_machine(&self) -> &[CString] {
        self.of_machine.get_or_init(machine_files::in_proc)
    }

    /// The cgroup that tests may have cgroups of their own in.
    pub(crate) fn delegation(&self) -> Result<Option<&Delegation>, SetupError> {
        let found = self.delegation.get_or_init(Delegation::find);
        found.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}

/// The path as the kernel takes it. `None`: it has a NUL byte.
pub(crate) fn c_string(path: &Path) -> Option<CString> {
    CString::new(path.as_os_str().as_bytes()).ok()
}

/// `base` joined with `path`, without `.` and with `..` taken literally, as a shell's `cd -L` does.
pub(crate) fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut whole = PathBuf::from("/");
    for component in base.join(path).components() {
        match component {
            Component::ParentDir => drop(whole.pop()),
            Component::Normal(name) => whole.push(name),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    whole
}

/// What cargo and the test itself need of the directories below `hidden`: the working directory, the manifest directory
/// and the workspace around it, the target directory.
fn needed_below(hidden: &Path, working_directory: &Path) -> Vec<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let workspace = manifest
        .as_deref()
        .and_then(|manifest| nearest_with("Cargo.lock", manifest));
    let executable = executable();
    let target = executable.as_deref().and_then(|path| {
        // Cargo marks its target directory so; a binary that was copied elsewhere needs its own directory.
        nearest_with("CACHEDIR.TAG", path).or_else(|| path.parent().map(Path::to_owned))
    });
    let mut needed: Vec<PathBuf> = [
        Some(working_directory.to_owned()),
        manifest,
        workspace,
        target,
    ]
    .into_iter()
    .flatten()
    .filter(|path| path.starts_with(hidden) && path != hidden)
    .collect();
    needed.sort();
    // Sorted, a directory comes before all that lie below it.
    needed.dedup_by(|below, above| below.starts_with(&*above));
    needed
}

/// The part of a profile's path that has no `%p` or the like.
fn profile_directory(working_directory: &Path, pattern: &Path) -> PathBuf {
    let plain = |part: &Path| !part.as_os_str().as_bytes().contains(&b'%');
    let directory = pattern.ancestors().skip(1).find(|part| plain(part));
    absolute(working_directory, directory.unwrap_or(Path::new("")))
}

/// The test binary. The link's text ends in " (deleted)" once a rebuild has replaced the file.
fn executable() -> Option<PathBuf> {
    let path = env::current_exe().ok()?.into_os_string().into_vec();
    let path = path.strip_suffix(b" (deleted)").unwrap_or(&path);
    Some(OsStr::from_bytes(path).into())
}

fn nearest_with(file: &str, below: &Path) -> Option<PathBuf> {
    below
        .ancestors()
        .find(|directory| directory.join(file).is_file())
        .map(Path::to_owned)
}

fn memory() -> u64 {
    let facts = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = procfs::field(&facts, "MemTotal:");
    let kibibytes = total.and_then(|total| total.strip_suffix("kB")?.trim().parse().ok());
    kibibytes.map_or(1 << 30, |kibibytes: u64| kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_lie_where_their_pattern_begins() {
        for (pattern, directory) in [
            ("/tmp/target/a-%p-%4m.profraw", "/tmp/target"),
            ("/tmp/%p/%m", "/tmp"),
            ("a.profraw", "/crate"),
            ("coverage/%m.profraw", "/crate/coverage"),
            ("../%m", "/"),
        ] {
            let found = profile_directory(Path::new("/crate"), Path::new(pattern));
            assert_eq!(found, Path::new(directory), "{pattern}");
        }
    }
}
