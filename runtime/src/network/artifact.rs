//! The file of a capture, and whether it is kept.

use std::env;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::refused::Refused;
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
}

/// Creates the file.
pub(super) fn create(asked: &Path, test: &str) -> Result<Artifact, Refused> {
    let path = if asked.is_absolute() {
        asked.to_owned()
    } else {
        directory(test).join(asked)
    };
    let failed = |call: &'static str| {
        let subject = path.display().to_string();
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
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("mkdir"))?;
    }
    let file = File::create(&path).map_err(failed("open"))?;
    Ok(Artifact { path, file })
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
        // This fails if the directory contains another file.
        let _ = self.path.parent().map(fs::remove_dir);
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
    base.join(target_name(&binary))
        .join(test.replace("::", "/"))
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
