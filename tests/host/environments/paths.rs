//! The place and owner of the crate.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::Check;
use ns_test_suite::host;

use crate::{Binaries, as_ever};

/// Puts the binary, its working directory and the crate's directory below /tmp and elsewhere, so
/// that a private /tmp hides them once. libtest accepts only UTF-8 arguments, and its own path is
/// one, so it is started by a relative path.
pub(crate) fn strange(binaries: &Binaries) -> Result<Completion, Failed> {
    let name = OsStr::from_bytes(b"a crate\xff of \"mine\"\n");
    for parent in [env::temp_dir(), binaries.place.clone()] {
        let place = parent.join(name);
        let mut copy = copied(binaries, &place)?;
        copy.both[0] = "./with libtest".into();
        let all = all_as_ever(&copy);
        fs::remove_dir_all(&place)?;
        all?;
    }
    Ok(Completion::Completed)
}

/// Runs binaries that no user may write to, and whose owner the sandbox does not map.
pub(crate) fn foreign(binaries: &Binaries) -> Result<Completion, Failed> {
    if !host::is_real_root() {
        return Ok(Completion::ignored_with(
            "only real root can give files away",
        ));
    }
    let place = env::temp_dir().join(format!("ns-test-foreign-{}", std::process::id()));
    let copy = copied(binaries, &place)?;
    let given = Command::new("chmod")
        .args(["-R", "a-w,a+rX"])
        .arg(&place)
        .status()?
        .success();
    give(&place)?;
    let all = all_as_ever(&copy);
    fs::remove_dir_all(&place)?;
    all?;
    match given {
        true => Ok(Completion::Completed),
        false => Err("chmod(1) failed".into()),
    }
}

/// Copies the binaries and the files that they read to another place.
fn copied(binaries: &Binaries, place: &Path) -> io::Result<Binaries> {
    fs::create_dir_all(place.join("fixtures"))?;
    fs::set_permissions(place, PermissionsExt::from_mode(0o755))?;
    let copy = |from: &Path, to: &Path| -> io::Result<PathBuf> {
        fs::copy(from, place.join(to))?;
        Ok(place.join(to))
    };
    copy(
        &binaries.place.join("fixtures/word"),
        Path::new("fixtures/word"),
    )?;
    let [with, without] = &binaries.both;
    let both = [
        copy(with, Path::new("with libtest"))?,
        copy(without, Path::new("without libtest"))?,
    ];
    Ok(Binaries {
        place: place.to_owned(),
        both,
    })
}

fn give(path: &Path) -> io::Result<()> {
    /// A user without a name.
    const SOMEBODY: u32 = 54_321;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path())?;
        }
    }
    chown(path, Some(SOMEBODY), Some(SOMEBODY))
}

/// Runs all of them, even if the first one fails.
fn all_as_ever(copy: &Binaries) -> Check {
    let results: Vec<_> = copy
        .commands()
        .map(|mut command| as_ever(&mut command))
        .collect();
    results.into_iter().collect()
}
