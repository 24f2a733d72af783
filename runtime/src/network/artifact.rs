//! The file of a capture, and whether it is kept.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::refused::Refused;
use crate::error::Shown;
use crate::sys::Errno;

/// The variable for the directory of failed tests' artifacts.
const DIRECTORY: &str = "NS_TEST_ARTIFACTS";
/// `always`: captures are kept even if the test passes.
const KEEP: &str = "NS_TEST_CAPTURE";

/// A capture's file.
#[derive(Debug)]
pub(super) struct Artifact {
    path: PathBuf,
    file: File,
    /// The directories to remove with the file, the innermost first.
    directories: Vec<PathBuf>,
}

/// Creates the file.
pub(super) fn create(asked: &Path, test: &str) -> Result<Artifact, Refused> {
    let own = directory(test);
    let path = numbered(own.join(asked));
    let failed = |call: &'static str| {
        let subject = Shown::new(&path).to_string();
        move |error: io::Error| {
            let errno = Errno::from_io(&error);
            let refused = Refused::new("create the capture file", call, errno).of(subject);
            refused.because(match errno {
                Errno::ISDIR | Errno::INVAL => {
                    "`Plan::capture` takes the path of a file: name one".to_owned()
                }
                _ => format!("set {DIRECTORY} to a directory that the test can write to"),
            })
        }
    };
    // An absolute path may be in a directory that belongs to others.
    let is_ours = |parent: &Path| match asked.is_absolute() {
        true => !parent.exists(),
        false => parent.starts_with(&own),
    };
    let mut directories = Vec::new();
    let mut inner = path.as_path();
    while let Some(parent) = inner.parent().filter(|parent| is_ours(parent)) {
        directories.push(parent.to_owned());
        inner = parent;
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("mkdir"))?;
    }
    let file = File::create(&path).map_err(failed("open"))?;
    Ok(Artifact {
        path,
        file,
        directories,
    })
}

/// Adds a number to the file's name if this process has used the path before.
fn numbered(path: PathBuf) -> PathBuf {
    static USED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    used.push(path.clone());
    let mut times = 0;
    for other in used.iter() {
        times += u32::from(*other == path);
    }
    if times == 1 {
        return path;
    }
    let mut name = path.file_stem().map(OsString::from).unwrap_or_default();
    name.push(format!("-{times}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

impl Artifact {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn descriptor(&self) -> Result<OwnedFd, Refused> {
        let failed = |error: io::Error| {
            let errno = Errno::from_io(&error);
            Refused::new("pass the capture file to the wire", "dup", errno)
        };
        self.file.try_clone().map(OwnedFd::from).map_err(failed)
    }

    /// Removes the file of a network that was not built.
    pub(super) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
        for directory in &self.directories {
            // This fails if the directory contains another file.
            if fs::remove_dir(directory).is_err() {
                return;
            }
        }
    }

    /// Ends the capture when the test is over. Returns whether the file stays.
    pub(super) fn settle(&self, passed: bool) -> bool {
        let keep = !passed || env::var_os(KEEP).is_some_and(|value| value == "always");
        if !keep {
            self.remove();
        }
        keep
    }
}

/// Returns the test's own directory: below `NS_TEST_ARTIFACTS`, or below the binary's directory in
/// cargo's target directory.
fn directory(test: &str) -> PathBuf {
    let binary = env::current_exe().unwrap_or_default();
    let base = match env::var_os(DIRECTORY).filter(|value| !value.is_empty()) {
        Some(directory) => PathBuf::from(directory),
        None => target(&binary).join("ns-test"),
    };
    let mut directory = base.join(target_name(&binary));
    // A trial's name may be a path, even one that starts with `/` or contains `..`.
    for part in test.replace("::", "/").split('/') {
        match part {
            "" => {}
            "." | ".." => directory.push(part.replace('.', "_")),
            part => directory.push(part),
        }
    }
    directory
}

/// Returns cargo's target directory: the one with a tag (`CACHEDIR.TAG`), which is missing if the
/// directory existed before cargo. Without a tag, it is the directory above `PROFILE/deps`, or else
/// the binary's own directory.
fn target(binary: &Path) -> PathBuf {
    let tagged = binary
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file());
    let own = binary.parent().unwrap_or(Path::new("/tmp"));
    let above_profile = || own.ends_with("deps").then(|| own.ancestors().nth(2))?;
    tagged.or_else(above_profile).unwrap_or(own).to_owned()
}

/// Returns the binary's name without cargo's hash.
fn target_name(binary: &Path) -> String {
    let name = binary.file_name().unwrap_or_default().to_string_lossy();
    match name.rsplit_once('-') {
        Some((name, hash))
            if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            name.to_owned()
        }
        _ => name.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_has_a_directory_below_that_of_its_binary() {
        let binary = directory("");
        for (name, expected) in [
            ("module::test", "module/test"),
            ("/etc/passwd", "etc/passwd"),
            ("data/../../x.sql", "data/__/__/x.sql"),
            ("::", ""),
        ] {
            assert_eq!(directory(name), binary.join(expected), "{name}");
        }
    }

    #[test]
    fn a_path_is_used_once() {
        let of = |path: &str| numbered(path.into());
        assert_eq!(of("/a/run.pcapng"), Path::new("/a/run.pcapng"));
        assert_eq!(of("/a/run.pcapng"), Path::new("/a/run-2.pcapng"));
        assert_eq!(of("/b/run.pcapng"), Path::new("/b/run.pcapng"));
        assert_eq!(of("/a/run.pcapng"), Path::new("/a/run-3.pcapng"));
        assert_eq!([of("/c/x"), of("/c/x")][1], Path::new("/c/x-2"));
    }
}
