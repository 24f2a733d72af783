//! The environment that `cargo test` gives the harness, read once.

use std::env;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use nix::sys::prctl;
use nix::unistd::{getegid, geteuid};

use super::delegation::Delegation;
use super::machine_files;
use crate::error::SetupError;
use crate::sys::procfs;

/// The facts about the harness's process that sandbox plans depend on.
#[derive(Clone, Debug)]
pub(crate) struct HostFacts {
    pub(crate) working_directory: PathBuf,
    /// Directories below /tmp that the test needs although /tmp is private. None is below another.
    pub(crate) visible: Vec<PathBuf>,
    /// Cargo's target directory, if it contains the test binary.
    pub(crate) target_directory: Option<PathBuf>,
    /// Where an instrumented program writes its counters, if a variable sets it.
    pub(crate) profiles: Option<PathBuf>,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whether the caller owns the machine's kernel settings, which file permissions then allow it
    /// to write. That is uid 0 of the machine, whatever its number is in this user namespace.
    pub(crate) real_root: bool,
    /// Whether the process must become dumpable, and so own its /proc/self, before it can write the
    /// id maps.
    pub(crate) undumpable: bool,
    /// Whether the variable `TMPDIR` is set.
    pub(crate) tmpdir: bool,
    /// Half of the machine's memory in bytes, at most 1 GiB: the default limit of a tmpfs.
    pub(crate) tmpfs_size: u64,
    /// Read at the first use by real root.
    of_machine: OnceLock<Vec<CString>>,
    /// Read at the first use by a test.
    delegation: OnceLock<Result<Option<Delegation>, SetupError>>,
}

impl HostFacts {
    pub(crate) fn gather() -> Self {
        let working_directory = env::current_dir().unwrap_or_else(|_gone| PathBuf::from("/"));
        let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
        let executable = executable();
        let target_directory = executable
            .as_deref()
            .and_then(|path| nearest_with("CACHEDIR.TAG", path));
        // A binary that was copied out of cargo's target directory needs its own directory.
        let target = target_directory.as_deref();
        let target = target.or_else(|| executable.as_deref()?.parent());
        Self {
            visible: needed_below(Path::new("/tmp"), &working_directory, target),
            target_directory,
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

    /// Returns the same facts, with or without the protection from real root.
    pub(crate) fn with_real_root(&self, real_root: bool) -> Self {
        Self {
            real_root,
            ..self.clone()
        }
    }

    /// Returns the entries of /proc that belong to the machine and not to a process, and that their
    /// owner may write to.
    pub(crate) fn of_machine(&self) -> &[CString] {
        self.of_machine.get_or_init(machine_files::in_proc)
    }

    /// Returns the cgroup in which tests may have their own cgroups.
    pub(crate) fn delegation(&self) -> Result<Option<&Delegation>, SetupError> {
        let found = self.delegation.get_or_init(Delegation::find);
        found.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}

/// Returns `base` joined with `path`. It drops `.` and resolves `..` in the text, as a shell's `cd
/// -L` does.
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

/// Returns the directories below `hidden` that cargo and the test need: the working directory, the
/// manifest directory and its workspace, the target directory.
fn needed_below(hidden: &Path, working_directory: &Path, target: Option<&Path>) -> Vec<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let workspace = manifest
        .as_deref()
        .and_then(|manifest| nearest_with("Cargo.lock", manifest));
    let mut needed = vec![working_directory.to_owned()];
    needed.extend(manifest);
    needed.extend(workspace);
    needed.extend(target.map(Path::to_owned));
    needed.retain(|path| path.starts_with(hidden) && path != hidden);
    needed.sort();
    // In sorted order, a directory comes before all directories below it.
    needed.dedup_by(|below, above| below.starts_with(&*above));
    needed
}

/// Returns the part of a profile's path before any `%p` or similar pattern.
fn profile_directory(working_directory: &Path, pattern: &Path) -> PathBuf {
    let plain = |part: &Path| !part.as_os_str().as_bytes().contains(&b'%');
    let directory = pattern.ancestors().skip(1).find(|part| plain(part));
    absolute(working_directory, directory.unwrap_or(Path::new("")))
}

/// Returns the path of the test binary. The link's text ends in " (deleted)" once a rebuild has
/// replaced the file.
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
    let facts = procfs::read("/proc/meminfo").unwrap_or_default();
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
